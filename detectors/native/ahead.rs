//! What lies anywhere in memory, asked for some rows before it is read: a step over a few thousand
//! rows finds hardly anything of what it needs where the processor has it at hand, since all other
//! steps over them came in between, and would wait for each in turn.

/// So many rows are looked at together.
pub(crate) const BLOCK: usize = 64;
/// So many rows before its own something is asked for.
pub(crate) const ROWS_AHEAD: usize = 12;

/// Asks for a value that will be read soon, if there is one; nothing changes but when it is there.
pub(crate) fn ask<T>(values: &[T], at: usize) {
    if let Some(value) = values.get(at) {
        bring(value);
    }
}

/// Sets out to bring something near that will be asked for soon, where the processor can: so waits for
/// memory pass together.
pub(crate) fn bring<T>(wanted: &T) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..std::mem::size_of::<T>()).step_by(64) {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
        let first: *const T = wanted;
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.cast::<i8>().wrapping_add(line)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = wanted;
}
