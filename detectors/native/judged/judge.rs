//! Levels as a zone judges and learns them, one after the other: what
//! `detectors.rules.odd_level.rule` does with each, to the bit. What is rare is left to it: the first
//! such level ends the call, before anything comes of that one.

use super::levels::{Level, LevelRows, LevelTable, Place, Reported, MOST_LEVELS};
use super::phones::{doubled_median, PhoneRows, PhoneTable};
use crate::whole as judged;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Others that must have reported a level before another one deviates from theirs.
const LEAST_OTHERS: usize = 5;
/// 1.4826 median absolute deviations are the standard one of a normal distribution.
const SIGMAS_A_MAD: f64 = 1.4826;
/// The noise of one level (dB), believed as firmly as if so many phones had shown it.
const LEVEL_DB: f64 = 6.0;
const LEVEL_PHONES: f64 = 5.0;

/// Ways to judge a level, else by itself alone: it is left to the caller, or it is not learned.
const BY_CALLER: u8 = 1;
const UNLEARNED: u8 = 2;

/// How many levels before it a place is brought near.
const AHEAD: usize = 6;

/// What is full, where there is no room for a level.
const FULL_OF_LEVELS: u8 = 1;
const FULL_OF_PHONES: u8 = 2;

/// Levels in columns; `chosen` of them are judged, from the one at `begin` on, each in one of the ways
/// above.
#[repr(C)]
pub struct Levels {
    keys: *const Place,
    phones: *const i64,
    level_dbm: *const f64,
    ways: *const u8,
    rows: usize,
    chosen: *const i64,
    chosen_count: usize,
    begin: usize,
    /// What the rule asks for: so many others, an excess of so much (tenths of a decibel), of so
    /// many standard deviations, and whether what a phone usually reads high is taken off.
    least_phones: usize,
    least_tenths: f64,
    sigmas: f64,
    excused: u8,
    full: u8,
    /// What deviates, with room for all that are chosen.
    shown: *mut Shown,
    shown_count: usize,
}

/// By how much a row is above what others report (dB), and the variance of that (dB2).
#[repr(C)]
pub struct Shown {
    row: i64,
    above_db: f64,
    variance_db2: f64,
}

/// What is usual at a place, and its standard deviation (tenths of a decibel).
#[derive(Clone, Copy)]
struct Usual {
    tenths: f64,
    sigma: f64,
    others: usize,
}

/// Judges and learns levels one after the other, up to the first that is the caller's to judge, or for
/// which there is no room (then `full` says where): at which that is, or how many there are.
///
/// # Safety
/// All that is pointed to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn levels_judge(
    table: *mut LevelTable,
    phones: *mut PhoneTable,
    levels: *mut Levels,
) -> i64 {
    judged(|| {
        let (mut table, mut phones) = ((*table).rows()?, (*phones).rows()?);
        judge(&mut table, &mut phones, &mut *levels).map(|at| at as i64)
    })
}

/// At which level it stopped, or how many there are; none where something points beyond its bounds.
unsafe fn judge(
    table: &mut LevelRows,
    memory: &mut PhoneRows,
    levels: &mut Levels,
) -> Option<usize> {
    let keys = from_raw_parts(levels.keys, levels.rows);
    let numbers = from_raw_parts(levels.phones, levels.rows);
    let level_dbm = from_raw_parts(levels.level_dbm, levels.rows);
    let ways = from_raw_parts(levels.ways, levels.rows);
    let chosen = from_raw_parts(levels.chosen, levels.chosen_count);
    let shown = from_raw_parts_mut(levels.shown, levels.chosen_count);
    levels.full = 0;
    let key_of = |at: usize| keys.get(usize::try_from(*chosen.get(at)?).ok()?);
    for (at, &row) in chosen.iter().enumerate().skip(levels.begin) {
        key_of(at + 2 * AHEAD).map(|key| table.bring_slot(key));
        key_of(at + AHEAD).map(|key| table.bring_row(key));
        let row = usize::try_from(row).ok()?;
        let (key, phone) = (keys.get(row)?, numbers[row]);
        let remembered = memory.find(&[phone]);
        let offset = match remembered {
            Some(at) if levels.excused != 0 => memory.kept(at).offset(),
            _ => 0.0,
        };
        let reported = level_dbm[row] * 10.0 - offset;
        let learned = match whole(reported) {
            Some(tenths) if ways[row] != BY_CALLER => match Level::try_from(tenths) {
                Ok(level) => level,
                Err(_) => return Some(at),
            },
            _ => return Some(at),
        };
        let known = table.find(key);
        let least = levels.least_phones.min(LEAST_OTHERS);
        let before = known.and_then(|at| usual(table.kept(at), phone, least));
        let deviation = match before.filter(|usual| usual.others >= levels.least_phones) {
            Some(usual) => {
                let excess = reported - usual.tenths;
                let is_odd = excess >= levels.least_tenths.max(levels.sigmas * usual.sigma);
                match whole(excess + offset) {
                    Some(deviation) if !is_odd => Some(deviation),
                    _ => return Some(at),
                }
            }
            None => None,
        };
        if let Some(deviation) = deviation {
            match remembered.map(|at| memory.use_again(at)).or_else(|| memory.used(&[phone])) {
                Some(at) => memory.kept_mut(at).put(deviation),
                None => {
                    levels.full = FULL_OF_PHONES;
                    return Some(at);
                }
            }
        }
        // Where there is a deviation there is a row already.
        let place = match known.map(|at| table.use_again(at)).or_else(|| table.used(key)) {
            Some(place) => place,
            None => {
                levels.full = FULL_OF_LEVELS;
                return Some(at);
            }
        };
        if ways[row] == UNLEARNED {
            continue;
        }
        let place = table.kept_mut(place);
        // What others reported is as before, unless the oldest of theirs went.
        let after = if place.put(phone, learned) { usual(place, phone, least) } else { before };
        if let Some(usual) = after.filter(|usual| usual.others >= LEAST_OTHERS) {
            *shown.get_mut(levels.shown_count)? = usual.shown(row, level_dbm[row]);
            levels.shown_count += 1;
        }
    }
    Some(chosen.len())
}

impl Usual {
    fn shown(&self, row: usize, level_dbm: f64) -> Shown {
        let (others, sigma_db) = (self.others as f64, self.sigma / 10.0);
        // The scatter of others is believed the more the more they are.
        let noise_db2 = LEVEL_PHONES * (LEVEL_DB * LEVEL_DB) + others * (sigma_db * sigma_db);
        let of_median = 1.0 + std::f64::consts::PI / (2.0 * others);
        Shown {
            row: row as i64,
            above_db: level_dbm - self.tenths / 10.0,
            variance_db2: noise_db2 / (LEVEL_PHONES + others) * of_median,
        }
    }
}

/// The median of what others reported; none where they are fewer than `least`.
fn usual(place: &Reported, phone: i64, least: usize) -> Option<Usual> {
    let (who, levels) = place.parts();
    if who.len() < least.max(1) {
        return None;
    }
    let own = who.iter().position(|&each| each == phone);
    let mut others = [0i32; MOST_LEVELS];
    let mut count = 0;
    for (place, &level) in levels.iter().enumerate() {
        if Some(place) != own {
            others[count] = level.into();
            count += 1;
        }
    }
    if count < least.max(1) {
        return None;
    }
    let others = &mut others[..count];
    // Halves of tenths, then quarters: whole numbers, so that nothing is rounded.
    let halves = doubled_median(others);
    others.iter_mut().for_each(|level| *level = (2 * *level - halves).abs());
    let quarters = doubled_median(others);
    let sigma = SIGMAS_A_MAD * (f64::from(quarters) / 4.0);
    Some(Usual { tenths: f64::from(halves) / 2.0, sigma, others: count })
}

/// The nearest whole number, the even one of two; none where it is large, or there is none.
fn whole(number: f64) -> Option<i32> {
    let nearest =
        if number.fract().abs() == 0.5 { 2.0 * (number / 2.0).round() } else { number.round() };
    (nearest.abs() < f64::from(1 << 24)).then(|| nearest as i32)
}
