//! Which rows of the register cells are: what `detectors.register.register.Register.find` does.

use super::slot_of;
use crate::ahead::{ask, BLOCK};
use crate::whole;
use std::slice::from_raw_parts;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

const RATS: u8 = 4;
const PLMN_BITS: u32 = 10;
const AREA_BITS: u32 = 24;
const CELL_BITS: u32 = 36;
const ASKED_BITS: u32 = 16;
const AREAS_BITS: u32 = 8;
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
        // Of a batch a city's few areas are asked for over and over.
        let mut known_areas = [(NONE, NONE); 1 << AREAS_BITS];
        // What is looked for, and in which slot.
        let mut sought = [(NONE, 0); BLOCK];
        for begin in (0..rows).step_by(BLOCK) {
            let block = begin..rows.min(begin + BLOCK);
            for (row, (wanted, slot)) in block.clone().zip(&mut sought) {
                let key = key_of_area(rat[row], mcc[row], mnc[row], area[row]);
                let known = &mut known_areas[slot_of(key, AREAS_BITS)];
                if known.0 != key {
                    *known = (key, areas.binary_search(&key).map_or(NONE, |at| at as i64));
                }
                let number = known.1;
                let is_known = number != NONE && fits(cell[row], CELL_BITS);
                *wanted = if is_known { number << CELL_BITS | cell[row] } else { NONE };
                *slot = slot_of(*wanted, ASKED_BITS);
                ask(asked, *slot);
            }
            for (_, (_, slot)) in block.clone().zip(&sought) {
                let known = asked[*slot].load(Relaxed) as usize;
                ask(keys, known);
                for (times_ms, step) in [(from_ms, from_step), (to_ms, to_step)] {
                    if step > 0 {
                        ask(times_ms, known.wrapping_mul(step));
                    }
                }
            }
            for (row, &(wanted, slot)) in block.zip(&sought) {
                found[row] = NONE;
                if wanted == NONE {
                    continue;
                }
                let known = usize::try_from(asked[slot].load(Relaxed)).ok()?;
                let mut left = known + 1;
                if *keys.get(known)? != wanted {
                    left = keys.partition_point(|&key| key <= wanted);
                    if left > 0 {
                        asked[slot].store((left - 1) as i32, Relaxed);
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
