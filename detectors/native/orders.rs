//! Columns of whole numbers put in order and in groups: what `detectors.features.rows.runs` does,
//! to the bit, by sorting.

/// So many bits of a number are looked at at once.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;
/// Fewer numbers are put in order by comparing them.
const FEW: usize = 256;

/// Slots at first, and for each number that is in one: with more they are found at once.
const FIRST_SLOTS: usize = 256;
const SLOTS_A_NUMBER: usize = 2;

/// Lays out the places of some numbers in order of these, equal ones as they lie. Of numbers with a
/// sign the highest bit is `flipped`.
pub fn order(numbers: &[u64], flipped: u64, places: &mut [i64]) -> Option<()> {
    let count = u32::try_from(numbers.len()).ok()?;
    let mut placed: Vec<(u64, u32)> =
        numbers.iter().map(|&number| number ^ flipped).zip(0..count).collect();
    if numbers.len() < FEW {
        placed.sort_unstable();
    } else {
        let mut left = numbers.iter().fold(0, |bits, &number| bits | number ^ numbers[0]);
        let mut spare = vec![(0, 0); numbers.len()];
        // Digit by digit from the lowest on; bits that are the same in all are passed over.
        while left != 0 {
            let shift = left.trailing_zeros();
            let digit = |number: u64| (number >> shift) as usize & (DIGITS - 1);
            let mut next = [0u32; DIGITS];
            placed.iter().for_each(|&(number, _)| next[digit(number)] += 1);
            begins(&mut next);
            for &each in &placed {
                let to = &mut next[digit(each.0)];
                spare[*to as usize] = each;
                *to += 1;
            }
            std::mem::swap(&mut placed, &mut spare);
            left &= !(((DIGITS - 1) as u64) << shift);
        }
    }
    for (place, &(_, from)) in places.iter_mut().zip(&placed) {
        *place = from.into();
    }
    Some(())
}

/// Where each group begins, in place of how many there are of it.
pub fn begins(counts: &mut [u32]) {
    let mut begin = 0;
    for each in counts {
        begin += std::mem::replace(each, begin);
    }
}

/// The number of each of some numbers in order of appearance, and where each was `first`; how many
/// are different.
pub fn numbered(numbers: &[u64], seed: u64, which: &mut [i64], first: &mut [i64]) -> Option<usize> {
    let mut known = Known::of(seed);
    for (row, &number) in numbers.iter().enumerate() {
        let before = known.count;
        let found = known.place(number)?;
        which[row] = found.into();
        if known.count > before {
            first[before] = row as i64;
        }
    }
    Some(known.count)
}

/// The row `before` each of some numbers of the same number, -1 for none, and the `last` row of each
/// in order of appearance; how many are different.
pub fn before(numbers: &[u64], seed: u64, before: &mut [i64], last: &mut [i64]) -> Option<usize> {
    let mut known = Known::of(seed);
    for (row, &number) in numbers.iter().enumerate() {
        let different = known.count;
        let place = known.place(number)? as usize;
        before[row] = if known.count > different { -1 } else { last[place] };
        last[place] = row as i64;
    }
    Some(known.count)
}

/// Which rows are among the `most` last of their group, where of those that are `alike` the last
/// counts: what is alike in two groups counts once.
pub fn newest(
    groups: &[u64],
    alike: &[u64],
    most: usize,
    seed: u64,
    kept: &mut [u8],
) -> Option<()> {
    let (mut known, mut kinds) = (Known::of(seed), Known::of(seed));
    let mut counts: Vec<usize> = Vec::new();
    for row in (0..groups.len()).rev() {
        let before = known.count;
        known.place(alike[row])?;
        kept[row] = 0;
        if known.count > before {
            let group = kinds.place(groups[row])? as usize;
            counts.resize(kinds.count, 0);
            counts[group] += 1;
            kept[row] = u8::from(counts[group] <= most);
        }
    }
    Some(())
}

/// Numbers by their places in order of appearance, each in the first free slot from that on which
/// its high bits, mixed, say.
pub struct Known {
    slots: Vec<(u64, u32)>,
    pub count: usize,
    seed: u64,
}

const FREE: u32 = u32::MAX;

impl Known {
    /// None yet. No sender knows the seed, or numbers could be chosen that all want the same slot.
    pub fn of(seed: u64) -> Self {
        Known { slots: vec![(0, FREE); FIRST_SLOTS], count: 0, seed }
    }

    /// The place of a number, a new one where it isn't known.
    pub fn place(&mut self, number: u64) -> Option<u32> {
        let slot = self.slot(number);
        if self.slots[slot].1 != FREE {
            return Some(self.slots[slot].1);
        }
        let place = u32::try_from(self.count).ok().filter(|&place| place != FREE)?;
        self.slots[slot] = (number, place);
        self.count += 1;
        if self.count * SLOTS_A_NUMBER > self.slots.len() {
            let more = vec![(0, FREE); self.slots.len() * 4];
            for each in std::mem::replace(&mut self.slots, more) {
                if each.1 != FREE {
                    let slot = self.slot(each.0);
                    self.slots[slot] = each;
                }
            }
        }
        Some(place)
    }

    /// The slot of a number, or the free one that it would be in.
    fn slot(&self, number: u64) -> usize {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mixed = (number ^ self.seed).wrapping_mul(GOLDEN);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(GOLDEN);
        let mut slot = (mixed >> (64 - self.slots.len().trailing_zeros())) as usize;
        while self.slots[slot].1 != FREE && self.slots[slot].0 != number {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }
}
