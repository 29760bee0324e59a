//! Names numbered in order of appearance: what `detectors.features.rows.device_rows.Numbers` does.

use crate::ahead::{ask, BLOCK};
use crate::planned::{GOLDEN, SECOND};
use crate::whole;

use std::slice::{from_raw_parts, from_raw_parts_mut};

/// With more names than one in so many slots they aren't found at once.
const SLOTS_A_NAME: usize = 2;

/// What ends each name in a text of many.
const END: u8 = b'\n';

/// `rows` names in a text, each of `width` letters and filled up with zeros, or, where that is none,
/// each with an `END`; the one at which to `begin` is from `at` on. The keys of `count` that are
/// numbered, and in which of `slot_count` slots, a power of two, each number lies (-1: free). Those
/// that are new get the numbers after these; their keys are `fresh`, with room for one a row.
#[repr(C)]
pub struct Names {
    text: *const u8,
    size: usize,
    width: usize,
    rows: usize,
    begin: usize,
    at: usize,
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
/// is, or how many there are; `at` is where that one lies. A text that ends before its names do is
/// refused, and so is one that goes on behind them.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn numbered_names(given: *mut Names) -> i64 {
    whole(|| {
        let given = given.as_mut()?;
        let text = from_raw_parts(given.text, given.size);
        let keys = from_raw_parts(given.keys, given.count);
        let slots = from_raw_parts_mut(given.slots, given.slot_count);
        let fresh = from_raw_parts_mut(given.fresh, given.rows);
        let numbers = from_raw_parts_mut(given.numbers, given.rows);
        let shift = 64 - given.slot_count.trailing_zeros();
        let mut sought = [(0, 0); BLOCK];
        let mut next = given.at;
        for begin in (given.begin..given.rows).step_by(BLOCK) {
            let block = begin..given.rows.min(begin + BLOCK);
            for (_, (key, at)) in block.clone().zip(&mut sought) {
                *at = next;
                let left = text.get(next..)?;
                let letters = if given.width > 0 {
                    next += given.width;
                    left.get(..given.width)?
                } else {
                    let end = end_of(left)?;
                    next += end + 1;
                    &left[..end]
                };
                *key = key_of(letters, given.seed);
                ask(slots, (*key >> shift) as usize);
            }
            for (_, (key, _)) in block.clone().zip(&sought) {
                ask(keys, slots[(key >> shift) as usize] as usize);
            }
            for (row, &(key, at)) in block.zip(&sought) {
                let mut slot = (key >> shift) as usize;
                numbers[row] = loop {
                    let number = match usize::try_from(slots[slot]) {
                        Ok(number) => number,
                        Err(_) => {
                            let number = given.count + given.fresh_count;
                            if (number + 1) * SLOTS_A_NAME > slots.len() {
                                given.at = at;
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
        }
        if next < text.len() {
            return None;
        }
        Some(given.rows as i64)
    })
}

/// Where the first `END` is, looked for in eight letters at once.
fn end_of(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let words = text.chunks_exact(8);
    for (place, word) in words.enumerate() {
        let word = u64::from_le_bytes([
            word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7],
        ]);
        let other = word ^ (ONES * u64::from(END));
        // The lowest high bit is of the first letter without another bit.
        let found = other.wrapping_sub(ONES) & !other & HIGH;
        if found != 0 {
            return Some(8 * place + found.trailing_zeros() as usize / 8);
        }
    }
    let begin = text.len() / 8 * 8;
    text[begin..].iter().position(|&letter| letter == END).map(|at| begin + at)
}

/// As `detectors.model.hashing.name_keys`.
fn key_of(letters: &[u8], seed: u64) -> u64 {
    let mut mixed = seed;
    let mut is_first = true;
    let mut mix = |word: u64| {
        if is_first || word != 0 {
            mixed = (mixed ^ word).wrapping_mul(GOLDEN);
            mixed ^= mixed >> 29;
        }
        is_first = false;
    };
    let whole_words = letters.chunks_exact(8);
    let rest = whole_words.remainder();
    for word in whole_words {
        mix(u64::from_ne_bytes([
            word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7],
        ]));
    }
    if !rest.is_empty() || letters.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_ne_bytes(last));
    }
    mixed = mixed.wrapping_mul(SECOND);
    (mixed ^ mixed >> 32).wrapping_mul(GOLDEN)
}
