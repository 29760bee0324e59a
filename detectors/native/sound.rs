//! Whether rows of reports hold numbers as screening writes them: what
//! `detectors.features.rows.travelling.are_sound` asks.

use crate::whole;
use std::slice::from_raw_parts;

/// `count` rows of `size` bytes, in each so many whole numbers, then so many others, of which the first
/// are given and within `bounds`; and a code at `code_at`.
#[repr(C)]
pub struct Rows {
    rows: *const u8,
    count: usize,
    size: usize,
    whole: usize,
    real: usize,
    most: i64,
    bounds: *const f64,
    bounded: usize,
    code_at: usize,
    most_code: u8,
}

/// 1 where all are sound, 0 where any isn't.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn rows_sound(given: *const Rows) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let bounds = from_raw_parts(given.bounds, given.bounded);
        let rows = from_raw_parts(given.rows, given.count.checked_mul(given.size)?);
        let numbers = given.whole.checked_add(given.real)?.checked_mul(8)?;
        if numbers > given.size || given.code_at >= given.size || given.size == 0 {
            return None;
        }
        let is_sound = |row: &[u8]| {
            let (whole, real) = row[..numbers].split_at(8 * given.whole);
            let mut is_sound = row[given.code_at] <= given.most_code;
            for number in whole.chunks_exact(8) {
                let number = i64::from_le_bytes(number.try_into().unwrap_or_default());
                is_sound &= number >= -given.most && number <= given.most;
            }
            for (place, number) in real.chunks_exact(8).enumerate() {
                let number = f64::from_le_bytes(number.try_into().unwrap_or_default());
                is_sound &= match bounds.get(place) {
                    Some(&bound) => number.abs() <= bound,
                    None => !number.is_infinite(),
                };
            }
            is_sound
        };
        Some(rows.chunks_exact(given.size).all(is_sound).into())
    })
}
