//! By how much phones' levels were off the usual ones lately, as a zone remembers it of those that
//! were last: what `detectors.features.baselines.level_profiles.Levels` does with each, to the bit.

use std::slice::from_raw_parts_mut;

const MOST_DEVIATIONS: usize = 9;
/// Deviations that a phone must have shown before they are taken for its own.
const LEAST_DEVIATIONS: usize = 3;
/// The use of a phone that isn't remembered.
const FORGOTTEN: i64 = -1;

/// By the number of each of `count` phones its last deviations (tenths of a decibel), and when it was
/// used last, counted in uses. `most` are remembered, of which the one unused for longest is
/// forgotten: `queue` has a phone and its use at that time, in order, and room for one more a level.
/// `log` gets what was changed, in order: the number of who was used, the complement of who was
/// forgotten.
#[repr(C)]
pub struct Phones {
    deviations: *mut [i32; MOST_DEVIATIONS],
    counts: *mut u8,
    used: *mut i64,
    count: usize,
    queue: *mut [i64; 2],
    queue_size: usize,
    queued: usize,
    next: usize,
    log: *mut i32,
    log_size: usize,
    logged: usize,
    remembered: usize,
    most: usize,
    clock: i64,
}

/// `Phones` within bounds.
pub struct Memory<'a> {
    deviations: &'a mut [[i32; MOST_DEVIATIONS]],
    counts: &'a mut [u8],
    used: &'a mut [i64],
    queue: &'a mut [[i64; 2]],
    queued: &'a mut usize,
    next: &'a mut usize,
    log: &'a mut [i32],
    logged: &'a mut usize,
    remembered: &'a mut usize,
    most: usize,
    clock: &'a mut i64,
}

impl Phones {
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn memory(&mut self) -> Memory<'_> {
        Memory {
            deviations: from_raw_parts_mut(self.deviations, self.count),
            counts: from_raw_parts_mut(self.counts, self.count),
            used: from_raw_parts_mut(self.used, self.count),
            queue: from_raw_parts_mut(self.queue, self.queue_size),
            queued: &mut self.queued,
            next: &mut self.next,
            log: from_raw_parts_mut(self.log, self.log_size),
            logged: &mut self.logged,
            remembered: &mut self.remembered,
            most: self.most,
            clock: &mut self.clock,
        }
    }
}

impl Memory<'_> {
    /// How much louder than others a phone usually is (tenths of a decibel).
    pub fn offset(&self, who: usize) -> Option<f64> {
        let mut known = *self.deviations.get(who)?;
        let known = known.get_mut(..self.counts[who].into())?;
        let is_enough = known.len() >= LEAST_DEVIATIONS;
        Some(if is_enough { f64::from(doubled_median(known)) / 2.0 } else { 0.0 })
    }

    /// Takes in by how much a phone's level was off the usual one.
    pub fn deviates(&mut self, who: usize, deviation: i32) -> Option<()> {
        let known = &mut self.deviations[who];
        let mut count: usize = self.counts[who].into();
        if count == MOST_DEVIATIONS {
            known.copy_within(1.., 0);
            count -= 1;
        }
        known[count] = deviation;
        self.counts[who] = count as u8 + 1;
        *self.remembered += usize::from(self.used[who] == FORGOTTEN);
        self.used[who] = *self.clock;
        *self.queue.get_mut(*self.queued)? = [who as i64, *self.clock];
        *self.queued += 1;
        *self.clock += 1;
        self.note(who as i32)?;
        if *self.remembered > self.most {
            self.forget_oldest()?;
        }
        Some(())
    }

    fn forget_oldest(&mut self) -> Option<()> {
        loop {
            let [who, used] = *self.queue.get(..*self.queued)?.get(*self.next)?;
            *self.next += 1;
            let who = usize::try_from(who).ok()?;
            // Whoever was used since is there once more.
            if *self.used.get(who)? == used {
                (self.used[who], self.counts[who]) = (FORGOTTEN, 0);
                *self.remembered -= 1;
                return self.note(!(who as i32));
            }
        }
    }

    fn note(&mut self, change: i32) -> Option<()> {
        *self.log.get_mut(*self.logged)? = change;
        *self.logged += 1;
        Some(())
    }
}

/// Twice the median of some numbers, one at least.
pub fn doubled_median(numbers: &mut [i32]) -> i32 {
    numbers.sort_unstable();
    numbers[(numbers.len() - 1) / 2] + numbers[numbers.len() / 2]
}
