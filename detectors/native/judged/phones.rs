//! By how much phones' levels were off the usual ones lately, as
//! `detectors.native.judged.phone_table` lays it out, and the numbers of phones.

use super::tables::{self, Rows, Table};
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

const MOST_DEVIATIONS: usize = 9;
/// Deviations that a phone must have shown before they are taken for its own.
const LEAST_DEVIATIONS: usize = 3;

pub type Phone = [i64; 1];

/// A phone's last deviations (tenths of a decibel), the oldest first.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Deviations {
    deviations: [i32; MOST_DEVIATIONS],
    count: u8,
    unused: [u8; 3],
}

pub type PhoneTable = Table<Phone, Deviations>;
pub type PhoneRows<'a> = Rows<'a, Phone, Deviations>;

impl Deviations {
    /// How much louder than others the phone usually is (tenths of a decibel).
    pub fn offset(&self) -> f64 {
        let mut known = self.deviations;
        let known = &mut known[..(self.count as usize).min(MOST_DEVIATIONS)];
        let is_enough = known.len() >= LEAST_DEVIATIONS;
        if is_enough {
            f64::from(doubled_median(known)) / 2.0
        } else {
            0.0
        }
    }

    /// Takes in one more; the oldest goes beyond the most.
    pub fn put(&mut self, deviation: i32) {
        let mut count = (self.count as usize).min(MOST_DEVIATIONS);
        if count == MOST_DEVIATIONS {
            self.deviations.copy_within(1.., 0);
            count -= 1;
        }
        self.deviations[count] = deviation;
        self.count = count as u8 + 1;
    }
}

/// Twice the median of some numbers, one at least.
pub fn doubled_median(numbers: &mut [i32]) -> i32 {
    numbers.sort_unstable();
    numbers[(numbers.len() - 1) / 2].wrapping_add(numbers[numbers.len() / 2])
}

/// `tables::index` of phones.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn phones_index(table: *mut PhoneTable) -> i64 {
    tables::index(table)
}

/// `tables::find` of phones.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn phones_find(table: *mut PhoneTable, key: *const Phone) -> i64 {
    tables::find(table, key)
}

/// `tables::used` of phones.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn phones_use(table: *mut PhoneTable, key: *const Phone) -> i64 {
    tables::used(table, key)
}

/// Numbers so many texts, `CRC-32` as `detectors.model.hashing.number_of` has it; they stand one after
/// the other with a line feed between two. How many there are, of which `numbers` gets as many as
/// it has room for.
///
/// # Safety
/// `letters` and `numbers` are of so many.
#[no_mangle]
pub unsafe extern "C" fn phones_numbers(
    letters: *const u8,
    length: usize,
    numbers: *mut i64,
    room: usize,
) -> i64 {
    whole(|| {
        let texts = from_raw_parts(letters, length).split(|&letter| letter == b'\n');
        let numbers = from_raw_parts_mut(numbers, room);
        let mut count = 0;
        for (place, text) in texts.enumerate() {
            if let Some(number) = numbers.get_mut(place) {
                *number = crc_32(text).into();
            }
            count = place + 1;
        }
        Some(count as i64)
    })
}

/// What four bytes, each followed by so many more, change of a checksum.
const STEPS: [[u32; 256]; 4] = steps();

const fn steps() -> [[u32; 256]; 4] {
    let mut steps = [[0; 256]; 4];
    let mut byte = 0;
    while byte < 256 {
        let mut step = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            step = step >> 1 ^ if step & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        steps[0][byte] = step;
        byte += 1;
    }
    let mut more = 1;
    while more < 4 {
        byte = 0;
        while byte < 256 {
            let before = steps[more - 1][byte];
            steps[more][byte] = before >> 8 ^ steps[0][(before & 0xFF) as usize];
            byte += 1;
        }
        more += 1;
    }
    steps
}

fn crc_32(text: &[u8]) -> u32 {
    let mut crc = !0;
    let mut fours = text.chunks_exact(4);
    for four in &mut fours {
        crc ^= u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        let [a, b, c, d] = crc.to_le_bytes();
        crc = STEPS[3][usize::from(a)]
            ^ STEPS[2][usize::from(b)]
            ^ STEPS[1][usize::from(c)]
            ^ STEPS[0][usize::from(d)];
    }
    for &letter in fours.remainder() {
        crc = crc >> 8 ^ STEPS[0][usize::from(crc as u8 ^ letter)];
    }
    !crc
}
