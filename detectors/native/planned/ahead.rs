//! What lies anywhere in memory, asked for some rows before it is read: a step over a few thousand
//! rows finds hardly anything of what it needs where the processor has it at hand, since all other
//! steps over them came in between, and would wait for each in turn.

/// So many rows are looked at together.
pub(crate) const BLOCK: usize = 64;
/// So many rows before its own something is asked for.
pub(crate) const ROWS_AHEAD: usize = 12;

/// Asks for a value that will be read soon, if there is one; nothing changes but when it is there.
#[cfg(target_arch = "x86_64")]
pub(crate) fn ask<T>(values: &[T], at: usize) {
    use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
    if let Some(value) = values.get(at) {
        // It reads nothing, and is for every processor of this kind.
        unsafe { _mm_prefetch::<_MM_HINT_T0>((value as *const T).cast()) }
    }
}

/// Processors of other kinds find it when it is read.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn ask<T>(_: &[T], _: usize) {}
