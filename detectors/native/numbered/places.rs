//! Numbers by which reports are drawn: what `detectors.model.hashing.place_numbers` mixes.

use crate::planned::GOLDEN;
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Puts in a number of each of `rows` reports, by its time (ms) and place (degrees); 0.
///
/// # Safety
/// The columns are as long as there are rows.
#[no_mangle]
pub unsafe extern "C" fn numbered_places(
    ts_ms: *const i64,
    lat: *const f64,
    lon: *const f64,
    rows: usize,
    numbers: *mut u64,
) -> i64 {
    whole(|| {
        let (lat, lon) = (from_raw_parts(lat, rows), from_raw_parts(lon, rows));
        let ts_ms = from_raw_parts(ts_ms, rows);
        for (row, number) in from_raw_parts_mut(numbers, rows).iter_mut().enumerate() {
            let place = (lat[row] + 90.0) * 1e6 + (lon[row] + 180.0) * 1e3;
            // What isn't given counts as 0.
            let mixed = (ts_ms[row] as u64 ^ (place as u64) << 20).wrapping_mul(GOLDEN);
            *number = (mixed ^ mixed >> 32).wrapping_mul(GOLDEN) >> 33;
        }
        Some(0)
    })
}
