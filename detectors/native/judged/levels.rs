//! What a zone has learned of levels, as `detectors.native.judged.level_table` lays it out.

use super::tables::{self, Rows, Table};

pub const MOST_LEVELS: usize = 15;

pub type Place = [i64; 6];
/// Tenths of a decibel.
pub type Level = i16;

/// Levels of one cell in one tile, and the phone that reported each, the oldest first.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Reported {
    who: [i64; MOST_LEVELS],
    levels: [Level; MOST_LEVELS],
    count: u8,
    unused: u8,
}

pub type LevelTable = Table<Place, Reported>;
pub type LevelRows<'a> = Rows<'a, Place, Reported>;

impl Reported {
    /// Whose its levels are, and these.
    pub fn parts(&self) -> (&[i64], &[Level]) {
        let count = (self.count as usize).min(MOST_LEVELS);
        (&self.who[..count], &self.levels[..count])
    }

    /// Takes in a phone's level in place of its older one; the oldest goes beyond the most. Whether
    /// one of another phone went.
    pub fn put(&mut self, phone: i64, level: Level) -> bool {
        let mut count = (self.count as usize).min(MOST_LEVELS);
        let before = self.who[..count].iter().position(|&each| each == phone);
        let is_full = count == MOST_LEVELS;
        // In place of its older one, or of the oldest of all where there is no room.
        if let Some(gone) = before.or(is_full.then_some(0)) {
            self.who.copy_within(gone + 1..count, gone);
            self.levels.copy_within(gone + 1..count, gone);
            count -= 1;
        }
        (self.who[count], self.levels[count]) = (phone, level);
        self.count = count as u8 + 1;
        before.is_none() && is_full
    }
}

/// `tables::index` of levels.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn levels_index(table: *mut LevelTable) -> i64 {
    tables::index(table)
}

/// `tables::find` of levels.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn levels_find(table: *mut LevelTable, key: *const Place) -> i64 {
    tables::find(table, key)
}

/// `tables::used` of levels.
///
/// # Safety
/// As there.
#[no_mangle]
pub unsafe extern "C" fn levels_use(table: *mut LevelTable, key: *const Place) -> i64 {
    tables::used(table, key)
}
