//! What lies anywhere in memory, asked for some rows before it is read: a step over a few thousand
//! rows finds hardly anything of what it needs where the processor has it at hand, since all other
//! steps over them came in between, and would wait for each in turn.

use crate::bring;

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
