//! Which phones may be far from the site of the cell that serves them, or receive it too well for
//! how far that is: the first passes of `detectors.features.plan.site_distance.distances` and of
//! `detectors.rules.odd_shape.rule`.

use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// `entries` sightings of listed cells, each in the row `row` of `rows` of a batch, with what the
/// register says of it; of each row its phone. `network` is the code of a position by the network,
/// `accuracy_m` stands for one that isn't given.
#[repr(C)]
pub struct Served {
    row: *const i64,
    neighbour: *const u8,
    at_most_m: *const f64,
    range_m: *const f64,
    samples: *const f64,
    estimated: *const u8,
    entries: usize,
    lat: *const f64,
    position_source: *const u8,
    phone_accuracy_m: *const f64,
    speed_mps: *const f64,
    signal_dbm: *const f64,
    rat: *const u8,
    rows: usize,
    network: u8,
    accuracy_m: f64,
    mast_m: f64,
    chosen: *mut i64,
}

/// What is asked of distances.
#[repr(C)]
pub struct Beyond {
    guess_m: f64,
    stale_s: f64,
    trusted_samples: f64,
    beyond_m: f64,
}

/// One sighting by a phone with a place of its own of the cell that serves it.
struct Sighting {
    at_most_m: f64,
    range_m: f64,
    samples: f64,
    is_estimated: bool,
    phone_m: f64,
    speed_mps: f64,
    signal_dbm: f64,
    rat: usize,
}

impl Served {
    /// Lays out those that are `asked` for, and says how many these are.
    unsafe fn choose(&self, asked: impl Fn(&Sighting) -> Option<bool>) -> Option<i64> {
        let (entries, rows) = (self.entries, self.rows);
        let row = from_raw_parts(self.row, entries);
        let neighbour = from_raw_parts(self.neighbour, entries);
        let at_most_m = from_raw_parts(self.at_most_m, entries);
        let range_m = from_raw_parts(self.range_m, entries);
        let samples = from_raw_parts(self.samples, entries);
        let estimated = from_raw_parts(self.estimated, entries);
        let lat = from_raw_parts(self.lat, rows);
        let position_source = from_raw_parts(self.position_source, rows);
        let accuracy_m = from_raw_parts(self.phone_accuracy_m, rows);
        let speed_mps = from_raw_parts(self.speed_mps, rows);
        let signal_dbm = from_raw_parts(self.signal_dbm, rows);
        let rat = from_raw_parts(self.rat, rows);
        let chosen = from_raw_parts_mut(self.chosen, entries);
        let mut count = 0;
        for entry in 0..entries {
            let row = usize::try_from(row[entry]).ok()?;
            let is_placed = lat.get(row)?.is_finite() && position_source[row] != self.network;
            if neighbour[entry] != 0 || !is_placed {
                continue;
            }
            let sighting = Sighting {
                at_most_m: at_most_m[entry],
                range_m: range_m[entry],
                samples: samples[entry],
                is_estimated: estimated[entry] != 0,
                phone_m: 2.0 * given_or(accuracy_m[row], self.accuracy_m),
                speed_mps: given_or(speed_mps[row], 0.0),
                signal_dbm: signal_dbm[row],
                rat: rat[row].into(),
            };
            if asked(&sighting)? {
                chosen[count] = entry as i64;
                count += 1;
            }
        }
        Some(count as i64)
    }
}

/// Lays out which of those that serve may have more than so much left of their distance, all doubt
/// given, and says how many these are.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn planned_far(given: *const Served, asked: *const Beyond) -> i64 {
    whole(|| {
        let (given, asked) = (given.as_ref()?, asked.as_ref()?);
        given.choose(|one| {
            let is_trusted = !one.is_estimated || one.samples >= asked.trusted_samples;
            let guess_m = if is_trusted { 0.0 } else { asked.guess_m };
            let doubt_m = if one.is_estimated { one.range_m + guess_m } else { given.mast_m };
            let phone_m = one.phone_m + asked.stale_s * one.speed_mps;
            Some(one.at_most_m - doubt_m - phone_m > asked.beyond_m)
        })
    })
}

/// Lays out which of those that serve may have a level that with the loss on the least way (`a_decade_db`
/// beyond 100 m, from `nearest_m` on) comes to more than `least_dbm` of their technology, and says how
/// many these are.
///
/// # Safety
/// As `planned_far`; `least_dbm` are `count` numbers.
#[no_mangle]
pub unsafe extern "C" fn planned_strong(
    given: *const Served,
    a_decade_db: f64,
    nearest_m: f64,
    least_dbm: *const f64,
    count: usize,
) -> i64 {
    whole(|| {
        let (given, least_dbm) = (given.as_ref()?, from_raw_parts(least_dbm, count));
        given.choose(|one| {
            let doubt_m = if one.is_estimated { one.range_m } else { given.mast_m };
            let least_m = one.at_most_m - doubt_m - one.phone_m;
            let way = if least_m < nearest_m { nearest_m } else { least_m } / 100.0;
            let (least, level) = (*least_dbm.get(one.rat)?, one.signal_dbm);
            // Most are too weak by far, for which no logarithm is needed.
            Some(
                level + a_decade_db * most_log10(way) > least
                    && level + a_decade_db * way.log10() > least,
            )
        })
    })
}

/// What the logarithm of a number above 0 is at most, by its exponent and, as if straight between two
/// powers of two, the rest: 0.09 of a power less than the arc at most.
fn most_log10(number: f64) -> f64 {
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as f64 - 1023.0;
    let rest = f64::from_bits(bits & 0xF_FFFF_FFFF_FFFF | 1.0f64.to_bits()) - 1.0;
    std::f64::consts::LOG10_2 * (exponent + rest + 0.09)
}

fn given_or(number: f64, other: f64) -> f64 {
    if number.is_nan() {
        other
    } else {
        number
    }
}
