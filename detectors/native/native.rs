//! Steps of detectors that go from record to record.
//!
//! Each works on memory of the caller alone, keeps nothing between calls and knows no clock, so that
//! threads may be in it at once. What the caller points to is as large as it says; whatever stands
//! in it, nothing beside it is read or written.

mod judge;
mod levels;
mod phones;

use judge::Levels;
use levels::Table;
use phones::Phones;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// What a call returns that could not do what it was asked to.
const FAILED: i64 = -3;

/// The digest of these sources, as the build gave it, in 64 hexadecimal digits.
#[no_mangle]
pub extern "C" fn native_digest() -> *const u8 {
    concat!(env!("NATIVE_DIGEST"), "\0").as_ptr()
}

fn whole(step: impl FnOnce() -> Option<i64>) -> i64 {
    catch_unwind(AssertUnwindSafe(step)).ok().flatten().unwrap_or(FAILED)
}

/// Lays out by what all rows of a table are found; 0.
///
/// # Safety
/// All that `table` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn levels_index(table: *mut Table) -> i64 {
    whole(|| {
        let mut rows = (*table).rows()?;
        rows.index();
        Some(0)
    })
}

/// The row of a key, which six numbers are; -1 for none.
///
/// # Safety
/// As `levels_index`.
#[no_mangle]
pub unsafe extern "C" fn levels_find(table: *mut Table, key: *const [i64; 6]) -> i64 {
    whole(|| Some((*table).rows()?.find(&key.read_unaligned()).map_or(-1, |row| row as i64)))
}

/// As `levels_find`, of the row that from now on was used last; one that is new where there was
/// none. -2 where there is no room for it.
///
/// # Safety
/// As `levels_index`.
#[no_mangle]
pub unsafe extern "C" fn levels_use(table: *mut Table, key: *const [i64; 6]) -> i64 {
    whole(|| Some((*table).rows()?.used(&key.read_unaligned()).map_or(-2, |row| row as i64)))
}

/// Judges and learns levels one after the other, up to the first that is the caller's to judge, or for
/// whose place there is no room (then `full` is set): at which that is, or how many there are.
///
/// # Safety
/// As `levels_index`, of `levels` and `phones` too.
#[no_mangle]
pub unsafe extern "C" fn levels_judge(
    table: *mut Table,
    levels: *mut Levels,
    phones: *mut Phones,
) -> i64 {
    whole(|| (*table).rows()?.judge(&mut *levels, &mut *phones).map(|at| at as i64))
}
