//! Rows that are alike, found without putting them in order.

const FREE: u32 = u32::MAX;
const FIRST_SLOTS: usize = 1 << 10;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Slots for numbers of keys, of which there is always one that is free.
struct Slots {
    slots: Vec<u32>,
    taken: usize,
    seed: u64,
}

impl Slots {
    fn new(seed: u64) -> Self {
        Slots { slots: vec![FREE; FIRST_SLOTS], taken: 0, seed }
    }

    /// The slot of a key, where its number is, or the free one where it would be.
    fn find<K: Copy + PartialEq>(
        &self,
        key: K,
        mix: &impl Fn(u64, K) -> u64,
        of: &impl Fn(u32) -> K,
    ) -> usize {
        let mask = self.slots.len() - 1;
        let mixed = mix(self.seed, key).wrapping_mul(GOLDEN);
        let mut slot = (mixed >> 32) as usize & mask;
        while self.slots[slot] != FREE && of(self.slots[slot]) != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn put<K: Copy + PartialEq>(
        &mut self,
        slot: usize,
        number: u32,
        mix: &impl Fn(u64, K) -> u64,
        of: &impl Fn(u32) -> K,
    ) {
        self.slots[slot] = number;
        self.taken += 1;
        if 2 * self.taken < self.slots.len() {
            return;
        }
        let room = vec![FREE; 4 * self.slots.len()];
        for number in std::mem::replace(&mut self.slots, room) {
            if number != FREE {
                let slot = self.find(of(number), mix, of);
                self.slots[slot] = number;
            }
        }
    }
}

fn mixed(seed: u64, key: u64) -> u64 {
    let mixed = (seed ^ key).wrapping_mul(GOLDEN);
    mixed ^ mixed >> 29
}

/// Numbers keys in order of appearance; where each was first, and how many there are.
pub fn number(keys: &[u64], seed: u64, numbers: &mut [i64], first: &mut [i64]) -> Option<i64> {
    let mut slots = Slots::new(seed);
    let mut count = 0;
    for (row, (&key, number)) in keys.iter().zip(numbers).enumerate() {
        let of = |each: u32| keys[first[each as usize] as usize];
        let slot = slots.find(key, &mixed, &of);
        if slots.slots[slot] == FREE {
            *first.get_mut(count as usize)? = row as i64;
            let of = |each: u32| keys[first[each as usize] as usize];
            *number = count as i64;
            slots.put(slot, count, &mixed, &of);
            count += 1;
        } else {
            *number = slots.slots[slot] as i64;
        }
    }
    Some(count as i64)
}

/// Says which rows are among the `most` last of their group, where of those of a group that are
/// alike the last counts.
pub fn newest(
    groups: &[i64],
    alike: &[u64],
    count: usize,
    most: u32,
    seed: u64,
    kept: &mut [u8],
) -> Option<i64> {
    let mut slots = Slots::new(seed);
    let mut counts = vec![0u32; count];
    let key_of = |row: usize| (groups[row], alike[row]);
    let of = |row: u32| key_of(row as usize);
    let mix = |seed: u64, key: (i64, u64)| mixed(mixed(seed, key.0 as u64), key.1);
    for row in (0..groups.len()).rev() {
        let own = counts.get_mut(usize::try_from(groups[row]).ok()?)?;
        kept[row] = 0;
        if *own < most {
            let slot = slots.find(key_of(row), &mix, &of);
            if slots.slots[slot] == FREE {
                slots.put(slot, row as u32, &mix, &of);
                *own += 1;
                kept[row] = 1;
            }
        }
    }
    Some(0)
}
