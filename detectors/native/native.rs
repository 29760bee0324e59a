//! Steps of detectors that go from record to record.
//!
//! Each works on memory of the caller alone, keeps nothing between calls and knows no clock, so that
//! threads may be in it at once. What the caller points to is as large as it says; whatever stands
//! in it, nothing beside it is read or written.

mod ahead;
mod judged;
mod numbered;
mod orders;
mod planned;
mod reported;
mod screened;
mod sound;

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
