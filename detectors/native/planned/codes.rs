//! Which channels and codes are planned about phones: what
//! `detectors.features.plan.spatial_counts.Ground.holds` says of each cell that phones receive.

use super::slot_of;
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const ARFCN_BITS: u32 = 22;
const CODE_BITS: u32 = 10;
const ANSWER_BITS: u32 = 17;
/// Codes that are known by their keys during one call, by slots.
const KNOWN_BITS: u32 = 10;
/// The number of a code that nobody is planned with.
const NONE: i64 = -1;

/// `entries` cells that phones receive, each of a row of the batch, for which the `cube` of the phone
/// is given (-1: no place); `found` where the register has them (-1: nowhere). And the ground: keys
/// of codes in order, what stands in cubes, packed and in order, of `axis_bits` an axis, and answers
/// by slots.
#[repr(C)]
pub struct Codes {
    found: *const i64,
    rat: *const u8,
    arfcn: *const f64,
    pci: *const f64,
    row: *const i64,
    entries: usize,
    cube: *const i64,
    rows: usize,
    keys: *const i64,
    key_count: usize,
    packed: *const i64,
    packed_count: usize,
    axis_bits: u32,
    answers: *const AtomicU64,
    odd: *mut i64,
}

/// Lays out in `odd` the entries of no listed cell that have a code which none about their phones is
/// planned with, and says how many these are.
///
/// # Safety
/// All that `given` points to is as large as it says, `odd` as the entries.
#[no_mangle]
pub unsafe extern "C" fn planned_codes(given: *const Codes) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let count = given.entries;
        let found = from_raw_parts(given.found, count);
        let rat = from_raw_parts(given.rat, count);
        let (arfcn, pci) = (from_raw_parts(given.arfcn, count), from_raw_parts(given.pci, count));
        let row = from_raw_parts(given.row, count);
        let cubes = from_raw_parts(given.cube, given.rows);
        let ground = Ground {
            keys: from_raw_parts(given.keys, given.key_count),
            packed: from_raw_parts(given.packed, given.packed_count),
            axis_bits: given.axis_bits,
            answers: from_raw_parts(given.answers, 1 << ANSWER_BITS),
        };
        let odd = from_raw_parts_mut(given.odd, count);
        let mut known = vec![(NONE, NONE); 1 << KNOWN_BITS];
        let mut odd_count = 0;
        for entry in 0..count {
            if found[entry] >= 0 {
                continue;
            }
            let key = match key_of(rat[entry], arfcn[entry], pci[entry]) {
                Some(key) => key,
                None => continue,
            };
            let cube = *cubes.get(usize::try_from(row[entry]).ok()?)?;
            if cube < 0 {
                continue;
            }
            let slot = &mut known[slot_of(key, KNOWN_BITS)];
            if slot.0 != key {
                let number = ground.keys.binary_search(&key).map_or(NONE, |at| at as i64);
                *slot = (key, number);
            }
            if slot.1 == NONE || !ground.holds(slot.1, cube)? {
                odd[odd_count] = entry as i64;
                odd_count += 1;
            }
        }
        Some(odd_count as i64)
    })
}

/// As `detectors.features.plan.code_plan.code_key`.
fn key_of(rat: u8, arfcn: f64, pci: f64) -> Option<i64> {
    let (channels, codes) = (f64::from(1 << ARFCN_BITS), f64::from(1 << CODE_BITS));
    let given = rat > 0 && arfcn >= 0.0 && arfcn < channels && pci >= 0.0 && pci < codes;
    given.then(|| (i64::from(rat) << ARFCN_BITS | arfcn as i64) << CODE_BITS | pci as i64)
}

struct Ground<'a> {
    keys: &'a [i64],
    packed: &'a [i64],
    axis_bits: u32,
    answers: &'a [AtomicU64],
}

impl Ground<'_> {
    /// Whether anything of a code's number stands in a cube or next to it. An answer is one number
    /// with its question, so that threads can't mix up two.
    fn holds(&self, number: i64, cube: i64) -> Option<bool> {
        let middle = number << (3 * self.axis_bits) | cube;
        let slot = self.answers.get(slot_of(middle, ANSWER_BITS))?;
        let kept = slot.load(Relaxed);
        if kept >> 1 == middle as u64 {
            return Some(kept & 1 == 1);
        }
        let holds = self.is_about(middle);
        slot.store((middle as u64) << 1 | u64::from(holds), Relaxed);
        Some(holds)
    }

    fn is_about(&self, middle: i64) -> bool {
        let (x, y) = (1 << (2 * self.axis_bits), 1 << self.axis_bits);
        [-x, 0, x].iter().any(|along| {
            [-y, 0, y].iter().any(|across| {
                let column = middle + along + across;
                let at = self.packed.partition_point(|&each| each < column - 1);
                self.packed.get(at).map_or(false, |&each| each <= column + 1)
            })
        })
    }
}
