//! Questions to the register of cells that phones receive, each asked by the module of its name.

mod cells;
mod codes;
mod cubes;
mod far;
mod listed;

/// Numbers are mixed as in `detectors.model.hashing`.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
pub const SECOND: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// The slot of a number in a table of `2^bits`, as that of a pair of it twice.
fn slot_of(number: i64, bits: u32) -> usize {
    let number = number as u64;
    let mixed = number.wrapping_mul(GOLDEN) ^ number.wrapping_mul(SECOND);
    ((mixed ^ mixed >> 29).wrapping_mul(GOLDEN) >> (64 - bits)) as usize
}
