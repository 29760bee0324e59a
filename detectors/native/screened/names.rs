//! Names numbered in order of appearance: what `detectors.features.rows.device_rows.Numbers` does.

use crate::planned::{GOLDEN, SECOND};
use crate::{bring, whole};

use std::slice::{from_raw_parts, from_raw_parts_mut};

/// With more names than one in so many slots they aren't found at once.
const SLOTS_A_NAME: usize = 2;
/// How many names before it what is known of one is brought near.
const AHEAD: usize = 8;

/// `rows` names of `words` times eight letters, filled up with zeros; the keys of `count` that are
/// numbered, and in which of `slot_count` slots, a power of two, each number lies (-1: free). Those
/// that are new get the numbers after these; their keys are `fresh`, with room for one a row.
#[repr(C)]
pub struct Names {
    letters: *const u64,
    words: usize,
    rows: usize,
    begin: usize,
    seed: u64,
    keys: *const u64,
    count: usize,
    slots: *mut i32,
    slot_count: usize,
    fresh: *mut u64,
    fresh_count: usize,
    numbers: *mut i64,
}

/// Numbers names from `begin` on, up to the first that is new while the slots are full: at which that
/// is, or how many there are.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn screened_names(given: *mut Names) -> i64 {
    whole(|| {
        let given = given.as_mut()?;
        let letters = from_raw_parts(given.letters, given.rows * given.words);
        let keys = from_raw_parts(given.keys, given.count);
        let slots = from_raw_parts_mut(given.slots, given.slot_count);
        let fresh = from_raw_parts_mut(given.fresh, given.rows);
        let numbers = from_raw_parts_mut(given.numbers, given.rows);
        let shift = 64 - given.slot_count.trailing_zeros();
        let slot_of = |key: u64| (key >> shift) as usize;
        // The keys of those that follow go where their numbers will be.
        let (rows, words, seed) = (given.rows, given.words, given.seed);
        let mut keyed = given.begin;
        for row in given.begin..rows {
            while keyed < rows.min(row + 2 * AHEAD) {
                let key = key_of(letters.get(keyed * words..(keyed + 1) * words)?, seed);
                bring(slots.get(slot_of(key))?);
                numbers[keyed] = key as i64;
                keyed += 1;
            }
            if let Some(&key) = numbers.get(row + AHEAD) {
                let number = slots.get(slot_of(key as u64)).map(|&each| usize::try_from(each));
                number.and_then(Result::ok).and_then(|each| keys.get(each)).map(bring);
            }
            let key = numbers[row] as u64;
            let mut slot = slot_of(key);
            numbers[row] = loop {
                let number = match usize::try_from(slots[slot]) {
                    Ok(number) => number,
                    Err(_) => {
                        let number = given.count + given.fresh_count;
                        if (number + 1) * SLOTS_A_NAME > slots.len() {
                            return Some(row as i64);
                        }
                        slots[slot] = i32::try_from(number).ok()?;
                        *fresh.get_mut(given.fresh_count)? = key;
                        given.fresh_count += 1;
                        break number as i64;
                    }
                };
                let known = match number.checked_sub(given.count) {
                    None => keys[number],
                    Some(at) => *fresh[..given.fresh_count].get(at)?,
                };
                if known == key {
                    break number as i64;
                }
                slot = (slot + 1) & (slots.len() - 1);
            };
        }
        Some(given.rows as i64)
    })
}

/// As `detectors.model.hashing.name_keys`.
fn key_of(words: &[u64], seed: u64) -> u64 {
    let mut mixed = seed;
    for (place, &word) in words.iter().enumerate() {
        if place == 0 || word != 0 {
            mixed = (mixed ^ word).wrapping_mul(GOLDEN);
            mixed ^= mixed >> 29;
        }
    }
    mixed = mixed.wrapping_mul(SECOND);
    (mixed ^ mixed >> 32).wrapping_mul(GOLDEN)
}
