//! Whose rows a batch's are, by the numbers of phones: what `detectors.features.rows.device_rows`
//! lays out, without a table of its own.

use crate::ahead::{ask, ROWS_AHEAD};
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

const NONE: i32 = -1;

/// The phones of `rows`, of which there are so many, each with a place for a row among `newest`, all
/// of them -1, as they are again afterwards. What is laid out is the row `before` each of the same
/// phone, -1 for none, and the `last` row of each phone, with room for one a row.
#[repr(C)]
pub struct Layout {
    device: *const i64,
    rows: usize,
    newest: *mut i32,
    phones: usize,
    before: *mut i64,
    last: *mut i64,
}

/// Lays out rows of phones; how many phones these are.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn screened_layout(given: *const Layout) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let device = from_raw_parts(given.device, given.rows);
        let newest = from_raw_parts_mut(given.newest, given.phones);
        let before = from_raw_parts_mut(given.before, given.rows);
        let last = from_raw_parts_mut(given.last, given.rows);
        i32::try_from(given.rows).ok()?;
        if device.iter().any(|&phone| phone < 0 || phone as usize >= given.phones) {
            return None;
        }
        for (row, &phone) in device.iter().enumerate() {
            if let Some(&next) = device.get(row + ROWS_AHEAD) {
                ask(newest, next as usize);
            }
            before[row] = newest[phone as usize].into();
            newest[phone as usize] = row as i32;
        }
        let mut count = 0;
        for (row, &phone) in device.iter().enumerate() {
            if newest[phone as usize] == row as i32 {
                last[count] = row as i64;
                count += 1;
            }
        }
        device.iter().for_each(|&phone| newest[phone as usize] = NONE);
        Some(count as i64)
    })
}
