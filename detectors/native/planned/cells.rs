//! Which rows of the register cells are: what `detectors.register.register.Register.find` does.

use super::slot_of;
use crate::{bring, whole};
use std::slice::from_raw_parts;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

const RATS: u8 = 4;
const PLMN_BITS: u32 = 10;
const AREA_BITS: u32 = 24;
const CELL_BITS: u32 = 36;
const ASKED_BITS: u32 = 16;
/// Areas that are known by slots during one call, and how many cells before it one is brought near.
const AREA_SLOT_BITS: u32 = 8;
const AHEAD: usize = 8;
/// The number of an area that isn't listed, and the key of a cell that none has.
const NONE: i64 = -1;

/// `rows` cells with times (ms), which are looked for among the areas and cells of a register: keys
/// in order, of each cell from when to when it is valid (ms; NaN: unbounded), in steps of numbers,
/// and by `ASKED_BITS` the cells that were asked for last.
#[repr(C)]
pub struct Cells {
    rat: *const u8,
    mcc: *const i64,
    mnc: *const i64,
    area: *const i64,
    cell: *const i64,
    ts_ms: *const i64,
    rows: usize,
    areas: *const i64,
    area_count: usize,
    keys: *const i64,
    key_count: usize,
    from_ms: *const f64,
    from_step: usize,
    to_ms: *const f64,
    to_step: usize,
    asked: *const AtomicI32,
    found: *mut i64,
}

/// Finds the row of each cell that is valid at its time, the newest of several; -1 for none. 0.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn planned_cells(given: *const Cells) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let rat = from_raw_parts(given.rat, rows);
        let (mcc, mnc) = (from_raw_parts(given.mcc, rows), from_raw_parts(given.mnc, rows));
        let (area, cell) = (from_raw_parts(given.area, rows), from_raw_parts(given.cell, rows));
        let ts_ms = from_raw_parts(given.ts_ms, rows);
        let found = std::slice::from_raw_parts_mut(given.found, rows);
        let areas = from_raw_parts(given.areas, given.area_count);
        let keys = from_raw_parts(given.keys, given.key_count);
        let (from_step, to_step) = (given.from_step, given.to_step);
        let last = given.key_count.checked_sub(1)?;
        let from_ms = from_raw_parts(given.from_ms, last * from_step + 1);
        let to_ms = from_raw_parts(given.to_ms, last * to_step + 1);
        let asked = from_raw_parts(given.asked, 1 << ASKED_BITS);
        // What is looked for goes where it will be found; areas are known by slots.
        let mut numbers = [(NONE, NONE); 1 << AREA_SLOT_BITS];
        for row in 0..rows {
            let key = key_of_area(rat[row], mcc[row], mnc[row], area[row]);
            let known = &mut numbers[slot_of(key, AREA_SLOT_BITS)];
            if known.0 != key {
                *known = (key, areas.binary_search(&key).map_or(NONE, |at| at as i64));
            }
            let is_listed = known.1 != NONE && fits(cell[row], CELL_BITS);
            found[row] = if is_listed { known.1 << CELL_BITS | cell[row] } else { NONE };
            if is_listed {
                bring(&asked[slot_of(found[row], ASKED_BITS)]);
            }
        }
        for row in 0..rows {
            if let Some(&wanted) = found.get(row + AHEAD) {
                let known = asked[slot_of(wanted, ASKED_BITS)].load(Relaxed);
                usize::try_from(known).ok().and_then(|known| keys.get(known)).map(bring);
            }
            let wanted = found[row];
            found[row] = NONE;
            if wanted == NONE {
                continue;
            }
            let slot = &asked[slot_of(wanted, ASKED_BITS)];
            let known = usize::try_from(slot.load(Relaxed)).ok()?;
            let mut left = known + 1;
            if *keys.get(known)? != wanted {
                left = keys.partition_point(|&key| key <= wanted);
                if left > 0 {
                    slot.store((left - 1) as i32, Relaxed);
                }
            }
            // Back from the newest until one is valid.
            let now_ms = ts_ms[row] as f64;
            while left > 0 && keys[left - 1] == wanted {
                let at = left - 1;
                if !(from_ms[at * from_step] > now_ms || to_ms[at * to_step] <= now_ms) {
                    found[row] = at as i64;
                    break;
                }
                left = at;
            }
        }
        Some(0)
    })
}

/// As `detectors.register.index.area_key`.
fn key_of_area(rat: u8, mcc: i64, mnc: i64, area: i64) -> i64 {
    let is_known = rat > 0 && rat <= RATS;
    if !(is_known && fits(mcc, PLMN_BITS) && fits(mnc, PLMN_BITS) && fits(area, AREA_BITS)) {
        return NONE;
    }
    ((i64::from(rat) << PLMN_BITS | mcc) << PLMN_BITS | mnc) << AREA_BITS | area
}

fn fits(number: i64, bits: u32) -> bool {
    number >= 0 && number < 1 << bits
}
