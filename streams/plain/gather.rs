//! Pieces of some bytes laid out one after the other.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Bytes, and where so many pieces of them begin and end: in two numbers each, `stride` numbers from
/// one piece to the next. Written are the pieces, a newline behind each, and where each ends.
#[repr(C)]
pub struct Gathering {
    data: *const u8,
    length: usize,
    spans: *const i64,
    stride: usize,
    count: usize,
    pieces: *mut u8,
    room: usize,
    ends: *mut i64,
}

unsafe fn gather(call: &Gathering) -> Option<()> {
    let data = from_raw_parts(call.data, call.length);
    let pieces = from_raw_parts_mut(call.pieces, call.room);
    let ends = from_raw_parts_mut(call.ends, call.count);
    let mut at = 0;
    for (number, end) in ends.iter_mut().enumerate() {
        let [begin, stop] = call.spans.add(number * call.stride).cast::<[i64; 2]>().read();
        let piece = data.get(usize::try_from(begin).ok()?..usize::try_from(stop).ok()?)?;
        pieces.get_mut(at..at + piece.len())?.copy_from_slice(piece);
        at += piece.len();
        *pieces.get_mut(at)? = b'\n';
        *end = at as i64;
        at += 1;
    }
    Some(())
}

/// Lays out pieces; 0, or 1 where one lies nowhere and nothing that was written counts.
///
/// # Safety
/// All that `call` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn pieces_gather(call: *const Gathering) -> i32 {
    catch_unwind(AssertUnwindSafe(|| gather(&*call))).map_or(1, |found| found.is_none() as i32)
}
