//! Which reports may say something new of their cell's level: the first pass of
//! `detectors.rules.odd_level.level_changes.news`.

use super::uploads::age_ms;
use crate::numbered::numbers::PRIME;
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A report as `detectors.features.phones.phones.REPORT` keeps it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Report {
    pub rx_ms: i64,
    pub ts_ms: i64,
    pub cell: i64,
    pub tile: i64,
    pub lat: f64,
    pub lon: f64,
    pub signal_dbm: f64,
    pub speed_mps: f64,
    pub accuracy_m: f64,
}

/// `rows` reports, each of the phone `device` and with the row `before` of the same one (-1: none),
/// and the last report of each of `phones` phones before the batch; `loudest_dbm` is null where no
/// neighbour is named. `network` is the code of a position by the network.
#[repr(C)]
pub struct News {
    device: *const i64,
    before: *const i64,
    rx_ms: *const i64,
    ts_ms: *const i64,
    cell: *const i64,
    tile: *const i64,
    signal_dbm: *const f64,
    speed_mps: *const f64,
    loudest_dbm: *const f64,
    position_source: *const u8,
    rows: usize,
    last: *const Report,
    phones: usize,
    counts_for_ms: i64,
    on_its_way_ms: i64,
    stands_for_ms: i64,
    stands_mps: f64,
    news_db: f64,
    network: u8,
    maybe: *mut i64,
    known: *mut u8,
    loud: *mut u8,
    jump_db: *mut f64,
}

/// Lays out in `maybe` the rows that may be new, and says how many these are. Of all rows it notes
/// whether the phone's report before is `known`, whether a neighbour is `loud`, and the `jump_db` (NaN
/// unless the phone stands).
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn screened_news(given: *const News) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let device = from_raw_parts(given.device, rows);
        let before = from_raw_parts(given.before, rows);
        let (rx_ms, ts_ms) = (from_raw_parts(given.rx_ms, rows), from_raw_parts(given.ts_ms, rows));
        let (cell, tile) = (from_raw_parts(given.cell, rows), from_raw_parts(given.tile, rows));
        let signal_dbm = from_raw_parts(given.signal_dbm, rows);
        let speed_mps = from_raw_parts(given.speed_mps, rows);
        let loudest_dbm = given.loudest_dbm.as_ref().map(|first| from_raw_parts(first, rows));
        let position_source = from_raw_parts(given.position_source, rows);
        let last = from_raw_parts(given.last, given.phones);
        let maybe = from_raw_parts_mut(given.maybe, rows);
        let known = from_raw_parts_mut(given.known, rows);
        let loud = from_raw_parts_mut(given.loud, rows);
        let jump_db = from_raw_parts_mut(given.jump_db, rows);
        let mut count = 0;
        for row in 0..rows {
            // When, where and how loud the phone's report before was.
            let (then_rx_ms, then_ms, then_cell, then_tile, then_dbm) =
                match usize::try_from(before[row]) {
                    Ok(at) => (*rx_ms.get(at)?, ts_ms[at], cell[at], tile[at], signal_dbm[at]),
                    Err(_) => {
                        let kept = last.get(usize::try_from(device[row]).ok()?)?;
                        (kept.rx_ms, kept.ts_ms, kept.cell, kept.tile, kept.signal_dbm)
                    }
                };
            let is_known = rx_ms[row].wrapping_sub(then_rx_ms) <= given.counts_for_ms;
            let is_same = is_known && then_cell == cell[row] && then_tile == tile[row];
            let risen_db = signal_dbm[row] - then_dbm;
            let is_loud =
                loudest_dbm.map_or(false, |loudest| loudest[row] > signal_dbm[row] + given.news_db);
            let every_ms = if is_same { given.counts_for_ms } else { given.on_its_way_ms };
            let is_aged = then_ms.div_euclid(every_ms) != ts_ms[row].div_euclid(every_ms);
            (known[row], loud[row]) = (is_known.into(), is_loud.into());
            let is_news = !is_known || is_aged || risen_db > given.news_db || is_loud;
            if is_news && tile[row] >= 0 && position_source[row] != given.network {
                maybe[count] = row as i64;
                count += 1;
            }
            let apart_ms = ts_ms[row].wrapping_sub(then_ms).wrapping_abs();
            // Comparisons with NaN are false: it stands where no speed is given.
            let stands =
                is_same && apart_ms <= given.stands_for_ms && !(speed_mps[row] >= given.stands_mps);
            jump_db[row] = if stands { risen_db } else { f64::NAN };
        }
        Some(count as i64)
    })
}

/// What each slot of a phone keeps, as `detectors.features.phones.phones.LEVEL` has it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Level {
    place: u32,
    half_hour: i32,
    rx_short: u32,
    signal_dbm: f32,
}

/// `chosen` of `rows` reports in columns, in order, whether each is `loud`, and what is kept of phones,
/// `slots` levels of each, a power of two. `new` gets those that say something new.
#[repr(C)]
pub struct Levels {
    chosen: *const i64,
    chosen_count: usize,
    device: *const i64,
    rx_ms: *const i64,
    ts_ms: *const i64,
    cell: *const i64,
    tile: *const i64,
    signal_dbm: *const f64,
    loud: *const u8,
    rows: usize,
    kept: *mut Level,
    kept_count: usize,
    slots: i64,
    counts_for_ms: i64,
    news_db: f32,
    new: *mut i64,
}

/// Notes which reports are others than the last in their phone's slot for that cell at that place, or
/// are loud, and takes all in; how many these are.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn screened_levels(given: *const Levels) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let chosen = from_raw_parts(given.chosen, given.chosen_count);
        let device = from_raw_parts(given.device, rows);
        let (rx_ms, ts_ms) = (from_raw_parts(given.rx_ms, rows), from_raw_parts(given.ts_ms, rows));
        let (cell, tile) = (from_raw_parts(given.cell, rows), from_raw_parts(given.tile, rows));
        let signal_dbm = from_raw_parts(given.signal_dbm, rows);
        let loud = from_raw_parts(given.loud, rows);
        let kept = from_raw_parts_mut(given.kept, given.kept_count);
        let new = from_raw_parts_mut(given.new, given.chosen_count);
        let slots = (given.slots as u64).is_power_of_two().then_some(given.slots)?;
        let mut count = 0;
        for &row in chosen {
            let at = usize::try_from(row).ok()?;
            let number = scattered(*cell.get(at)?, tile[at]);
            let slot = device[at].checked_mul(slots)?.checked_add(number & (slots - 1))?;
            let last = kept.get_mut(usize::try_from(slot).ok()?)?;
            let level = Level {
                place: (number >> slots.trailing_zeros()) as u32,
                half_hour: ts_ms[at].div_euclid(given.counts_for_ms) as i32,
                rx_short: rx_ms[at] as u32,
                signal_dbm: signal_dbm[at] as f32,
            };
            let is_known = last.place == level.place
                && last.half_hour == level.half_hour
                && age_ms(rx_ms[at], last.rx_short) <= given.counts_for_ms;
            let is_changed = (level.signal_dbm - last.signal_dbm).abs() > given.news_db;
            *last = level;
            if !is_known || is_changed || loud[at] != 0 {
                new[count] = row;
                count += 1;
            }
        }
        Some(count as i64)
    })
}

/// As `detectors.model.hashing.scattered`.
fn scattered(one: i64, other: i64) -> i64 {
    const GOLDEN: i64 = 0x09E3_779B_97F4_A7C1;
    let mixed = one.wrapping_mul(PRIME).wrapping_add(other).wrapping_mul(GOLDEN);
    mixed ^ mixed >> 29
}
