//! Steps of detectors that go from record to record.
//!
//! Each works on memory of the caller alone, keeps nothing between calls and knows no clock, so that
//! threads may be in it at once. What the caller points to is as large as it says; whatever stands
//! in it, nothing beside it is read or written.

mod drawn;
mod judge;
mod levels;
mod orders;
mod phones;
mod planned;
mod reported;
mod screened;

use judge::Levels;
use levels::Table;
use phones::Phones;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// What a call returns that could not do what it was asked to.
pub(crate) const FAILED: i64 = -3;

/// The digest of these sources, as the build gave it, in 64 hexadecimal digits.
#[no_mangle]
pub extern "C" fn native_digest() -> *const u8 {
    concat!(env!("NATIVE_DIGEST"), "\0").as_ptr()
}

pub(crate) fn whole(step: impl FnOnce() -> Option<i64>) -> i64 {
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

/// Lays out the places of so many numbers in order of these (`orders::order`); 0.
///
/// # Safety
/// `numbers` and `places` are of so many.
#[no_mangle]
pub unsafe extern "C" fn columns_order(
    numbers: *const u64,
    count: usize,
    flipped: u64,
    places: *mut i64,
) -> i64 {
    whole(|| {
        let places = from_raw_parts_mut(places, count);
        orders::order(from_raw_parts(numbers, count), flipped, places).map(|()| 0)
    })
}

/// Numbers so many numbers as they appear (`orders::numbered`): how many are different.
///
/// # Safety
/// `numbers`, `which` and `first` are of so many.
#[no_mangle]
pub unsafe extern "C" fn columns_numbered(
    numbers: *const u64,
    count: usize,
    seed: u64,
    which: *mut i64,
    first: *mut i64,
) -> i64 {
    whole(|| {
        let (which, first) = (from_raw_parts_mut(which, count), from_raw_parts_mut(first, count));
        let numbers = from_raw_parts(numbers, count);
        orders::numbered(numbers, seed, which, first).map(|different| different as i64)
    })
}

/// The row before each of so many numbers, and the last of each (`orders::before`): how many are
/// different.
///
/// # Safety
/// `numbers`, `before` and `last` are of so many.
#[no_mangle]
pub unsafe extern "C" fn columns_before(
    numbers: *const u64,
    count: usize,
    seed: u64,
    before: *mut i64,
    last: *mut i64,
) -> i64 {
    whole(|| {
        let (before, last) = (from_raw_parts_mut(before, count), from_raw_parts_mut(last, count));
        let numbers = from_raw_parts(numbers, count);
        orders::before(numbers, seed, before, last).map(|different| different as i64)
    })
}

/// Notes which of so many rows are the newest (`orders::newest`); 0.
///
/// # Safety
/// `groups`, `alike` and `kept` are of so many.
#[no_mangle]
pub unsafe extern "C" fn columns_newest(
    groups: *const u64,
    alike: *const u64,
    count: usize,
    most: usize,
    seed: u64,
    kept: *mut u8,
) -> i64 {
    whole(|| {
        let (groups, alike) = (from_raw_parts(groups, count), from_raw_parts(alike, count));
        orders::newest(groups, alike, most, seed, from_raw_parts_mut(kept, count)).map(|()| 0)
    })
}
