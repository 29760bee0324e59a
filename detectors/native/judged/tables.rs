//! Tables of what is remembered, as `detectors.native.judged.table` lays them out: rows that are
//! found by a key, of which that unused for longest is forgotten.

use crate::ahead::bring;
use crate::whole;
use std::slice::from_raw_parts_mut;

const NONE: i32 = -1;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// By what a row is found.
pub trait Key: Copy + PartialEq {
    /// A number of it that depends on all of it and on the seed.
    fn mixed(&self, seed: u64) -> u64;
}

impl<const N: usize> Key for [i64; N] {
    fn mixed(&self, seed: u64) -> u64 {
        let mix = |mixed: u64, &part: &i64| {
            let mixed = (mixed ^ part as u64).wrapping_mul(GOLDEN);
            mixed ^ mixed >> 29
        };
        self.iter().fold(seed, mix).wrapping_mul(GOLDEN)
    }
}

/// What is kept of a key, and its last use, counted in uses.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Row<K, V> {
    key: K,
    used: i64,
    kept: V,
}

/// A table, as the caller lays it out: `count` of the rows are in use, of which there may be `most`;
/// `slots`, a power of two of them and more than there are rows, hold rows' numbers. `queue` has
/// room for `most` numbers: rows in order of use at a time when `clock` was `queued_at`.
#[repr(C)]
pub struct Table<K, V> {
    rows: *mut Row<K, V>,
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
pub struct Rows<'a, K, V> {
    rows: &'a mut [Row<K, V>],
    slots: &'a mut [i32],
    queue: &'a mut [i32],
    seed: u64,
    count: &'a mut usize,
    queued: &'a mut usize,
    next: &'a mut usize,
    queued_at: &'a mut i64,
    clock: &'a mut i64,
}

impl<K: Key, V: Copy + Default> Table<K, V> {
    /// Its parts; none where it can't be one.
    ///
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn rows(&mut self) -> Option<Rows<'_, K, V>> {
        let fits = self.slot_count.is_power_of_two() && self.slot_count > self.capacity;
        let counted = self.count <= self.capacity && self.capacity <= self.most;
        (fits && counted && self.rows as usize % std::mem::align_of::<Row<K, V>>() == 0).then(
            || Rows {
                rows: from_raw_parts_mut(self.rows, self.capacity),
                slots: from_raw_parts_mut(self.slots, self.slot_count),
                queue: from_raw_parts_mut(self.queue, self.most),
                seed: self.seed,
                count: &mut self.count,
                queued: &mut self.queued,
                next: &mut self.next,
                queued_at: &mut self.queued_at,
                clock: &mut self.clock,
            },
        )
    }
}

impl<K: Key, V: Copy + Default> Rows<'_, K, V> {
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

    pub fn find(&self, key: &K) -> Option<usize> {
        usize::try_from(self.slots[self.slot(key)]).ok()
    }

    /// The row of a key, as the one used last; none where there is no room for a new one.
    pub fn used(&mut self, key: &K) -> Option<usize> {
        let row = match self.find(key) {
            Some(row) => row,
            None => self.fresh(key)?,
        };
        Some(self.use_again(row))
    }

    /// A row, as the one used last.
    pub fn use_again(&mut self, row: usize) -> usize {
        self.rows[row].used = *self.clock;
        *self.clock += 1;
        row
    }

    /// Sets out to bring near the slot of a key that will be asked for.
    pub fn bring_slot(&self, key: &K) {
        bring(&self.slots[self.first_slot(key)]);
    }

    /// As `bring_slot`, of the row that the slot names, which should be near.
    pub fn bring_row(&self, key: &K) {
        let row = usize::try_from(self.slots[self.first_slot(key)]).ok();
        if let Some(row) = row.and_then(|row| self.rows.get(row)) {
            bring(row);
        }
    }

    /// What is kept in a row in use.
    pub fn kept(&self, row: usize) -> &V {
        &self.rows[row].kept
    }

    /// As `kept`, to be changed.
    pub fn kept_mut(&mut self, row: usize) -> &mut V {
        &mut self.rows[row].kept
    }

    /// A row for a new key, in the place of the one unused for longest where there are as many as
    /// may be.
    fn fresh(&mut self, key: &K) -> Option<usize> {
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
        self.rows[row] = Row { key: *key, used: 0, kept: V::default() };
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
    fn slot(&self, key: &K) -> usize {
        let mut slot = self.first_slot(key);
        while let Ok(row) = usize::try_from(self.slots[slot]) {
            if self.rows[row].key == *key {
                break;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    fn first_slot(&self, key: &K) -> usize {
        (key.mixed(self.seed) >> 32) as usize & (self.slots.len() - 1)
    }
}

/// Lays out by what all rows of a table are found; 0.
///
/// # Safety
/// All that `table` points to is as large as it says.
pub unsafe fn index<K: Key, V: Copy + Default>(table: *mut Table<K, V>) -> i64 {
    whole(|| {
        (*table).rows()?.index();
        Some(0)
    })
}

/// The row of a key; -1 for none.
///
/// # Safety
/// As `index`.
pub unsafe fn find<K: Key, V: Copy + Default>(table: *mut Table<K, V>, key: *const K) -> i64 {
    whole(|| Some((*table).rows()?.find(&key.read_unaligned()).map_or(-1, |row| row as i64)))
}

/// As `find`, of the row that from now on was used last; one that is new where there was none. -2
/// where there is no room for it.
///
/// # Safety
/// As `index`.
pub unsafe fn used<K: Key, V: Copy + Default>(table: *mut Table<K, V>, key: *const K) -> i64 {
    whole(|| Some((*table).rows()?.used(&key.read_unaligned()).map_or(-2, |row| row as i64)))
}
