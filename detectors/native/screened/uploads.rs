//! How late phones' last uploads were: what `detectors.features.phones.upload_habits` does with
//! each, to the bit.

use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Uploads that show a habit, so many at least; one more is kept, by its number from `FULL` down.
const LAST: usize = 8;
const ENOUGH: usize = 2;
const KEPT: usize = LAST + 1;
const FULL: usize = 2 * KEPT;
/// What arrives so near another report (ms) was uploaded with it, at most so long after it.
const TOGETHER_MS: i64 = 1_000;
const LONGEST_MS: i64 = 60_000;
/// Where one habit ends and the next begins (s), in order of their codes; the first is unknown.
const BOUNDS_S: [f64; 3] = [10.0, 60.0, 360.0];
const UNKNOWN: u8 = 0;
const MOST_LATE_MS: i64 = i32::MAX as i64;
/// Times in four bytes: `detectors.features.phones.short_times`.
const AHEAD_MS: i64 = 1 << 22;
const TURN_MS: i64 = 1 << 32;

/// What is kept of `phones` phones, `KEPT` places of each, and how many uploads of each were taken
/// in; `rows` of a batch in order of arrival, of the phone `device`, each with the row `before` of
/// the same one (-1 for none); and for which of them habits are `asked`.
#[repr(C)]
pub struct Uploads {
    rx_short: *mut u32,
    kept_late_ms: *mut i32,
    taken: *mut u8,
    phones: usize,
    device: *const i64,
    before: *const i64,
    rx_ms: *const i64,
    late_ms: *const i64,
    usual: *const u8,
    rows: usize,
    asked: *const i64,
    asked_count: usize,
    horizon_ms: i64,
    habits: *mut u8,
}

/// Notes the habit of the phone of each row that is asked about, as what came before it shows, then
/// takes in all rows that are usual; 0.
///
/// # Safety
/// All that `given` points to is as large as it says; `habits` are as many as are asked.
#[no_mangle]
pub unsafe extern "C" fn screened_uploads(given: *const Uploads) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let mut kept = Kept {
            rx_short: from_raw_parts_mut(given.rx_short, given.phones * KEPT),
            late_ms: from_raw_parts_mut(given.kept_late_ms, given.phones * KEPT),
            taken: from_raw_parts_mut(given.taken, given.phones),
        };
        let batch = Batch {
            device: from_raw_parts(given.device, rows),
            before: from_raw_parts(given.before, rows),
            rx_ms: from_raw_parts(given.rx_ms, rows),
            late_ms: from_raw_parts(given.late_ms, rows),
            usual: from_raw_parts(given.usual, rows),
        };
        let asked = from_raw_parts(given.asked, given.asked_count);
        let habits = from_raw_parts_mut(given.habits, given.asked_count);
        for (habit, &row) in habits.iter_mut().zip(asked) {
            *habit = batch.habit(usize::try_from(row).ok()?, &kept, given.horizon_ms)?;
        }
        for row in 0..rows {
            if batch.usual[row] != 0 {
                kept.take(batch.device[row], batch.rx_ms[row], batch.late_ms(row))?;
            }
        }
        Some(0)
    })
}

struct Kept<'a> {
    rx_short: &'a mut [u32],
    late_ms: &'a mut [i32],
    taken: &'a mut [u8],
}

impl Kept<'_> {
    /// The place of a phone's upload that is so many back, of so many that were taken in.
    fn place(phone: usize, taken: usize, back: usize) -> usize {
        phone * KEPT + (taken + KEPT - back) % KEPT
    }

    fn take(&mut self, device: i64, rx_ms: i64, late_ms: i64) -> Option<()> {
        let phone = usize::try_from(device).ok()?;
        let mut taken: usize = (*self.taken.get(phone)?).into();
        let newest = Self::place(phone, taken, 1);
        let since_ms = age_ms(rx_ms, self.rx_short[newest]);
        let goes_on = taken > 0 && since_ms.abs() <= TOGETHER_MS;
        taken += usize::from(!goes_on);
        let slot = Self::place(phone, taken, 1);
        let least_ms = if goes_on { self.late_ms[newest].into() } else { MOST_LATE_MS };
        self.late_ms[slot] = late_ms.min(least_ms) as i32;
        self.rx_short[slot] = rx_ms as u32;
        self.taken[phone] = if taken == FULL { KEPT } else { taken } as u8;
        Some(())
    }
}

struct Batch<'a> {
    device: &'a [i64],
    before: &'a [i64],
    rx_ms: &'a [i64],
    late_ms: &'a [i64],
    usual: &'a [u8],
}

impl Batch<'_> {
    fn late_ms(&self, row: usize) -> i64 {
        self.late_ms[row].clamp(0, MOST_LATE_MS)
    }

    fn habit(&self, row: usize, kept: &Kept, horizon_ms: i64) -> Option<u8> {
        let now_ms = *self.rx_ms.get(row)?;
        let mut shown = Shown::at(now_ms, horizon_ms);
        let mut at = self.before[row];
        let mut after = row;
        while let Ok(earlier) = usize::try_from(at) {
            if earlier >= after {
                return None;
            }
            if self.usual[earlier] != 0 && !shown.takes(self.rx_ms[earlier], self.late_ms(earlier))
            {
                return Some(shown.habit());
            }
            (at, after) = (self.before[earlier], earlier);
        }
        let phone = usize::try_from(self.device[row]).ok()?;
        let taken: usize = (*kept.taken.get(phone)?).into();
        for back in 1..=taken.min(KEPT) {
            let place = Kept::place(phone, taken, back);
            let then_ms = now_ms - age_ms(now_ms, kept.rx_short[place]);
            if !shown.takes(then_ms, kept.late_ms[place].into()) {
                break;
            }
        }
        Some(shown.habit())
    }
}

/// Uploads before a moment, the newest first.
struct Shown {
    late_ms: [i64; LAST],
    count: usize,
    now_ms: i64,
    last_ms: i64,
    is_own: bool,
    horizon_ms: i64,
}

impl Shown {
    fn at(now_ms: i64, horizon_ms: i64) -> Self {
        Shown { late_ms: [0; LAST], count: 0, now_ms, last_ms: now_ms, is_own: true, horizon_ms }
    }

    /// Takes in when a report arrived and how late; false where no more of them count.
    fn takes(&mut self, then_ms: i64, late_ms: i64) -> bool {
        let together = (self.last_ms - then_ms).abs() <= TOGETHER_MS;
        self.last_ms = then_ms;
        self.is_own &= together;
        if self.is_own {
            return true;
        }
        if together {
            let newest = &mut self.late_ms[self.count - 1];
            *newest = late_ms.min(*newest);
            return true;
        }
        if self.count == LAST || self.now_ms - then_ms > self.horizon_ms - LONGEST_MS {
            return false;
        }
        self.late_ms[self.count] = late_ms;
        self.count += 1;
        true
    }

    fn habit(mut self) -> u8 {
        if self.count < ENOUGH {
            return UNKNOWN;
        }
        let shown = &mut self.late_ms[..self.count];
        shown.sort_unstable();
        let doubled_ms = shown[(shown.len() - 1) / 2] + shown[shown.len() / 2];
        let median_s = doubled_ms as f64 / 2.0 / 1000.0;
        1 + BOUNDS_S.iter().filter(|&&bound_s| bound_s < median_s).count() as u8
    }
}

/// How long before a moment a time in four bytes was (ms).
pub fn age_ms(now_ms: i64, short: u32) -> i64 {
    (now_ms - i64::from(short) + AHEAD_MS).rem_euclid(TURN_MS) - AHEAD_MS
}
