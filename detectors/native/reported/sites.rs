//! Ordinary reports put to their sites: what `detectors.sites.kept.kept_reports` does with NumPy, to the
//! bit, without putting all of them in order.

use crate::orders::{begins, Known};
use std::cmp::Ordering;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Side of the squares in which a phone is reported once (millionths of a degree).
const SQUARE: i32 = 3_000;
const PHONE_MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// `detectors.features.rows.placed_reports.ROW`.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Row {
    site: [i32; 2],
    lat: i32,
    lon: i32,
    cell: u32,
    phone: u32,
    advance_m: u16,
    half_m: u16,
    accuracy_m: u8,
    range: u8,
}

/// So many `fresh` rows, of turns that begin at the places `turns`, each of the site whose number
/// stands in `site`; of each of the `sites` the rows that are `known`, so many as it `had`.
///
/// Written are the rows `kept`, at most `most` of a site, where those of each end, the sites in
/// order of their last rows, and of each of the `cells`, in order, its last row.
#[repr(C)]
pub struct Settling {
    fresh: *const Row,
    count: usize,
    turns: *const i64,
    turn_count: usize,
    site: *const i64,
    sites: usize,
    known: *const Row,
    had: *const i64,
    most: usize,
    seed: u64,
    kept: *mut Row,
    room: usize,
    ends: *mut i64,
    in_order: *mut i64,
    last_of_cell: *mut i64,
    cells: usize,
}

impl Row {
    fn place(&self) -> i64 {
        ((self.lat as i64) << 32).wrapping_add(self.lon as i64)
    }

    /// What decides between rows of one turn and place.
    fn rest(&self) -> (u32, u16, u8, u32) {
        (self.cell, self.advance_m, self.accuracy_m, self.phone)
    }

    /// A number of the row's phone, cell and square: any two that are alike by chance are two in
    /// 2^64.
    fn alike(&self) -> u64 {
        let whose = ((self.phone as u64) << 32).wrapping_add(self.cell as u64);
        let [north, east] = [self.lat, self.lon].map(|axis| axis.div_euclid(SQUARE) as i64);
        whose.wrapping_mul(PHONE_MIX).wrapping_add(((north << 20) + east) as u64)
    }
}

/// What of a fresh row is looked at most: rows of one site lie together.
#[derive(Clone, Copy, Default)]
struct Key {
    place: i64,
    alike: u64,
    turn: u32,
    row: u32,
}

impl Settling {
    /// # Safety
    /// All that it points to is as large as it says: `known` has as many rows as `had` in all.
    pub unsafe fn settle(&mut self) -> Option<()> {
        let fresh = from_raw_parts(self.fresh, self.count);
        let site = from_raw_parts(self.site, self.count);
        let had = from_raw_parts(self.had, self.sites);
        let known = from_raw_parts(self.known, had.iter().sum::<i64>().try_into().ok()?);
        let turns = from_raw_parts(self.turns, self.turn_count);
        let order = |a: &Key, b: &Key| {
            let rest = |key: &Key| fresh[key.row as usize].rest();
            let by_place = (a.turn, a.place).cmp(&(b.turn, b.place));
            by_place.then_with(|| rest(a).cmp(&rest(b))).then(a.row.cmp(&b.row))
        };
        let (ends_of, mut keys) = grouped(fresh, turns, site, self.sites)?;
        let kept = from_raw_parts_mut(self.kept, self.room);
        let ends = from_raw_parts_mut(self.ends, self.sites);
        let mut last = vec![Key::default(); self.sites];
        let (mut written, mut before, mut begin) = (0, 0, 0);
        for number in 0..self.sites {
            let own = &mut keys[begin..ends_of[number] as usize];
            begin += own.len();
            own.sort_unstable_by(order);
            last[number] = *own.last()?;
            let after = before + usize::try_from(had[number]).ok()?;
            let old = known.get(before..after)?;
            written += newest(old, own, fresh, kept.get_mut(written..)?, self.most)?;
            ends[number] = written as i64;
            before = after;
        }
        let in_order = from_raw_parts_mut(self.in_order, self.sites);
        (0..).zip(in_order.iter_mut()).for_each(|(number, place)| *place = number);
        in_order.sort_unstable_by(|&a, &b| order(&last[a as usize], &last[b as usize]));
        let last_of_cell = from_raw_parts_mut(self.last_of_cell, self.count);
        self.cells = last_rows(fresh, turns, self.seed, order, last_of_cell)?;
        Some(())
    }
}

/// The keys of rows, as they lie, by where turns begin.
fn keys_of<'a>(rows: &'a [Row], turns: &'a [i64]) -> impl Iterator<Item = Key> + 'a {
    let mut turn = 0;
    (0..).zip(rows).map(move |(row, each)| {
        while turns.get(turn).map_or(false, |&begin| begin <= row as i64) {
            turn += 1;
        }
        Key { place: each.place(), alike: each.alike(), turn: turn as u32, row }
    })
}

/// Where the rows of each site end, and the keys of all by their sites, as they lie; `None` for a
/// site that is none.
fn grouped(
    rows: &[Row],
    turns: &[i64],
    site: &[i64],
    sites: usize,
) -> Option<(Vec<u32>, Vec<Key>)> {
    let mut next = vec![0; sites];
    for &each in site {
        *next.get_mut(usize::try_from(each).ok()?)? += 1;
    }
    begins(&mut next);
    let mut keys = vec![Key::default(); rows.len()];
    for (key, &each) in keys_of(rows, turns).zip(site) {
        let to = &mut next[each as usize];
        keys[*to as usize] = key;
        *to += 1;
    }
    Some((next, keys))
}

/// Of each phone and cell in a square the last row, of these the last ones: of old rows and then of
/// own ones, in their order.
fn newest(old: &[Row], own: &[Key], fresh: &[Row], kept: &mut [Row], most: usize) -> Option<usize> {
    let room = most.min(old.len() + own.len());
    let (mut seen, mut place) = (Vec::with_capacity(room), room);
    let mut put = |alike: u64, row: &Row| {
        if place > 0 && !seen.contains(&alike) {
            seen.push(alike);
            place -= 1;
            *kept.get_mut(place)? = *row;
        }
        Some(place > 0)
    };
    for key in own.iter().rev() {
        if !put(key.alike, &fresh[key.row as usize])? {
            break;
        }
    }
    for row in old.iter().rev() {
        if !put(row.alike(), row)? {
            break;
        }
    }
    kept.get_mut(..room)?.copy_within(place.., 0);
    Some(room - place)
}

/// Lays out the last row of each cell, in order of the cells; how many there are.
fn last_rows(
    rows: &[Row],
    turns: &[i64],
    seed: u64,
    order: impl Fn(&Key, &Key) -> Ordering,
    last: &mut [i64],
) -> Option<usize> {
    let (mut known, mut newest) = (Known::of(seed), Vec::new());
    for key in keys_of(rows, turns) {
        let number = known.place(rows[key.row as usize].cell.into())? as usize;
        if number == newest.len() {
            newest.push(key);
        } else if order(&newest[number], &key) == Ordering::Less {
            newest[number] = key;
        }
    }
    let mut newest: Vec<u32> = newest.iter().map(|key| key.row).collect();
    newest.sort_unstable_by_key(|&row| rows[row as usize].cell);
    last.iter_mut().zip(&newest).for_each(|(place, &row)| *place = row.into());
    Some(newest.len())
}
