//! What a zone has learned of levels, as `detectors.native.level_table` lays it out: rows
//! that are found by a key, of which that unused for longest is forgotten.

use std::slice::from_raw_parts_mut;

pub const MOST_LEVELS: usize = 15;
const NONE: i32 = -1;

pub type Key = [i64; 6];
/// Tenths of a decibel.
pub type Level = i16;

/// Levels of one cell in one tile, and the phone that reported each, the oldest first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Row {
    key: Key,
    used: i64,
    who: [i64; MOST_LEVELS],
    levels: [Level; MOST_LEVELS],
    count: u8,
    unused: u8,
}

impl Row {
    /// Whose its levels are, and these.
    pub fn reported(&self) -> (&[i64], &[Level]) {
        let count = (self.count as usize).min(MOST_LEVELS);
        (&self.who[..count], &self.levels[..count])
    }

    fn put(&mut self, phone: i64, level: Level) {
        let mut count = (self.count as usize).min(MOST_LEVELS);
        let before = self.who[..count].iter().position(|&each| each == phone);
        // In place of its older one, or of the oldest of all where there is no room.
        if let Some(gone) = before.or((count == MOST_LEVELS).then_some(0)) {
            self.who.copy_within(gone + 1..count, gone);
            self.levels.copy_within(gone + 1..count, gone);
            count -= 1;
        }
        (self.who[count], self.levels[count]) = (phone, level);
        self.count = count as u8 + 1;
    }
}

/// A table, as the caller lays it out: `count` of the rows are in use, of which there may be `most`;
/// `slots`, a power of two of them and more than there are rows, hold rows' numbers. `queue` has
/// room for `most` numbers: rows in order of use at a time when `clock` was `queued_at`.
#[repr(C)]
pub struct Table {
    rows: *mut Row,
    capacity: usize,
    count: usize,
    most: usize,
    slots: *mut i32,
    slot_count: usize,
    queue: *mut i32,
    queued: usize,
    next: usize,
    queued_at: i64,
    clock: i64,
    seed: u64,
}

/// A table's parts, within bounds.
pub struct Rows<'a> {
    rows: &'a mut [Row],
    slots: &'a mut [i32],
    queue: &'a mut [i32],
    seed: u64,
    count: &'a mut usize,
    queued: &'a mut usize,
    next: &'a mut usize,
    queued_at: &'a mut i64,
    clock: &'a mut i64,
}

impl Table {
    /// Its parts; none where it can't be one.
    ///
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn rows(&mut self) -> Option<Rows<'_>> {
        let fits = self.slot_count.is_power_of_two() && self.slot_count > self.capacity;
        let counted = self.count <= self.capacity && self.capacity <= self.most;
        (fits && counted && self.rows as usize % std::mem::align_of::<Row>() == 0).then(|| Rows {
            rows: from_raw_parts_mut(self.rows, self.capacity),
            slots: from_raw_parts_mut(self.slots, self.slot_count),
            queue: from_raw_parts_mut(self.queue, self.most),
            seed: self.seed,
            count: &mut self.count,
            queued: &mut self.queued,
            next: &mut self.next,
            queued_at: &mut self.queued_at,
            clock: &mut self.clock,
        })
    }
}

impl Rows<'_> {
    /// Puts all rows into the slots.
    pub fn index(&mut self) {
        self.slots.fill(NONE);
        for row in 0..*self.count {
            let slot = self.slot(&self.rows[row].key);
            if self.slots[slot] == NONE {
                self.slots[slot] = row as i32;
            }
        }
    }

    pub fn find(&self, key: &Key) -> Option<usize> {
        usize::try_from(self.slots[self.slot(key)]).ok()
    }

    /// The row of a key, as the one used last; none where there is no room for a new one.
    pub fn used(&mut self, key: &Key) -> Option<usize> {
        let row = match self.find(key) {
            Some(row) => row,
            None => self.fresh(key)?,
        };
        self.rows[row].used = *self.clock;
        *self.clock += 1;
        Some(row)
    }

    /// A row in use.
    pub fn row(&self, row: usize) -> &Row {
        &self.rows[row]
    }

    /// Puts a phone's level into a row in place of its older one; the oldest goes beyond the most.
    pub fn put(&mut self, row: usize, phone: i64, level: Level) {
        self.rows[row].put(phone, level);
    }

    /// A row for a new key, in the place of the one unused for longest where there are as many as
    /// may be.
    fn fresh(&mut self, key: &Key) -> Option<usize> {
        let row = if *self.count < self.rows.len() {
            *self.count += 1;
            *self.count - 1
        } else if self.rows.len() == self.queue.len() {
            let oldest = self.oldest()?;
            self.forget(oldest);
            oldest
        } else {
            return None;
        };
        self.rows[row] = Row {
            key: *key,
            used: 0,
            who: [0; MOST_LEVELS],
            levels: [0; MOST_LEVELS],
            count: 0,
            unused: 0,
        };
        let slot = self.slot(key);
        self.slots[slot] = row as i32;
        Some(row)
    }

    /// The row unused for longest. What was used since all were put in order comes behind those
    /// that weren't.
    fn oldest(&mut self) -> Option<usize> {
        loop {
            for place in *self.next..(*self.queued).min(self.queue.len()) {
                let row = self.queue[place] as usize;
                if self.rows.get(row)?.used < *self.queued_at {
                    *self.next = place + 1;
                    return Some(row);
                }
            }
            let mut order: Vec<_> =
                self.rows.iter().enumerate().map(|(row, each)| (each.used, row as i32)).collect();
            order.sort_unstable();
            let in_turn = order.iter().map(|&(_, row)| row);
            self.queue.iter_mut().zip(in_turn).for_each(|(place, row)| *place = row);
            (*self.queued, *self.next, *self.queued_at) = (order.len(), 0, *self.clock);
            order.first().filter(|(used, _)| used < self.clock)?;
        }
    }

    /// Takes a row out of the slots; those behind it move up, so that all are found as before.
    fn forget(&mut self, row: usize) {
        let mask = self.slots.len() - 1;
        let mut gap = self.slot(&self.rows[row].key);
        if self.slots[gap] != row as i32 {
            return;
        }
        let mut next = gap;
        loop {
            next = (next + 1) & mask;
            let other = match usize::try_from(self.slots[next]) {
                Ok(other) => other,
                Err(_) => break,
            };
            // How far it is from the first slot that it wants, and from the gap.
            let wanted = next.wrapping_sub(self.first_slot(&self.rows[other].key)) & mask;
            if wanted >= next.wrapping_sub(gap) & mask {
                self.slots[gap] = self.slots[next];
                gap = next;
            }
        }
        self.slots[gap] = NONE;
    }

    /// The slot of a key, or the free one that it would be in.
    fn slot(&self, key: &Key) -> usize {
        let mut slot = self.first_slot(key);
        while let Ok(row) = usize::try_from(self.slots[slot]) {
            if self.rows[row].key == *key {
                break;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    fn first_slot(&self, key: &Key) -> usize {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mix = |mixed: u64, &part: &i64| {
            let mixed = (mixed ^ part as u64).wrapping_mul(GOLDEN);
            mixed ^ mixed >> 29
        };
        let mixed = key.iter().fold(self.seed, mix).wrapping_mul(GOLDEN);
        (mixed >> 32) as usize & (self.slots.len() - 1)
    }
}
