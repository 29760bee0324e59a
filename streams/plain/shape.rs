//! What fields the objects of a topic have, and the columns that they are written to.

const NONE: u8 = u8::MAX;
/// The quote and the colon.
const AFTER_NAME: usize = 2;
const BUCKETS: usize = 256;
pub const MOST_FIELDS: usize = 64;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Float,
    Int,
    Bool,
    Text,
    Listed,
    Objects,
    Object,
}

pub struct Field {
    /// With the quote and the colon that most often follow it.
    pub name: Vec<u8>,
    pub kind: Kind,
    /// Its place among the columns of its kind: numbers and truths, codes, texts.
    pub column: usize,
    pub low: f64,
    pub high: f64,
    pub listed: Vec<(Vec<u8>, u8)>,
}

/// A number that must be at least 0 and below a limit, which the code of another field decides.
struct Fit {
    place: usize,
    column: usize,
    by_place: usize,
    by_column: usize,
    limits: Vec<f64>,
}

/// The fields of one kind of object.
pub struct Shape {
    pub fields: Vec<Field>,
    pub required: u64,
    /// Fields of which there are all or none.
    together: u64,
    fits: Vec<Fit>,
    buckets: [u8; BUCKETS],
}

pub struct Schema {
    pub row: Shape,
    pub neighbour: Shape,
    pub broadcast: Shape,
}

/// The columns of some objects, one after the other, each with room for `room` rows.
pub struct Columns<'a> {
    pub room: usize,
    pub rows: usize,
    /// The fields that some row has, and those whose columns are written at all, since some row had
    /// them, if only one that came to nothing.
    pub seen: u64,
    pub written: u64,
    pub numbers: &'a mut [f64],
    pub codes: &'a mut [u8],
    /// Where a text begins and ends in the data; -1 where it is missing.
    pub texts: &'a mut [i64],
}

impl Shape {
    pub fn of(lines: &[&str], group: &str) -> Option<Shape> {
        let mut made = Shape {
            fields: Vec::new(),
            required: 0,
            together: 0,
            fits: Vec::new(),
            buckets: [NONE; BUCKETS],
        };
        let (mut numbers, mut codes, mut texts, mut objects) = (0, 0, 0, 0);
        for line in lines {
            let mut words = line.split('\t');
            if words.next()? != group {
                continue;
            }
            let (kind, column) = match words.next()? {
                "together" => {
                    for name in words {
                        made.together |= 1 << made.find(name.as_bytes())?;
                    }
                    continue;
                }
                "fits" => {
                    let place = made.find(words.next()?.as_bytes())?;
                    let by_place = made.find(words.next()?.as_bytes())?;
                    let limits = words.map(|limit| limit.parse().ok()).collect::<Option<_>>()?;
                    made.fits.push(Fit {
                        place,
                        column: made.fields[place].column,
                        by_place,
                        by_column: made.fields[by_place].column,
                        limits,
                    });
                    continue;
                }
                "float" => (Kind::Float, &mut numbers),
                "int" => (Kind::Int, &mut numbers),
                "bool" => (Kind::Bool, &mut numbers),
                "text" => (Kind::Text, &mut texts),
                "listed" => (Kind::Listed, &mut codes),
                "objects" => (Kind::Objects, &mut objects),
                "object" => (Kind::Object, &mut objects),
                _ => return None,
            };
            let place = made.fields.len();
            if words.next()? == "required" {
                made.required |= 1 << place;
            }
            let name = format!("{}\":", words.next()?).into_bytes();
            let (low, high) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let mut listed = Vec::new();
            for pair in words {
                let (code, text) = pair.split_once(' ')?;
                listed.push((text.as_bytes().to_vec(), code.parse().ok()?));
            }
            let mut bucket = bucket_of(&name[..name.len() - AFTER_NAME]);
            while made.buckets[bucket] != NONE {
                bucket = (bucket + 1) % BUCKETS;
            }
            made.buckets[bucket] = place as u8;
            made.fields.push(Field { name, kind, column: *column, low, high, listed });
            *column += 1;
        }
        (made.fields.len() <= MOST_FIELDS).then_some(made)
    }

    pub fn count(&self, kinds: &[Kind]) -> usize {
        self.fields.iter().filter(|field| kinds.contains(&field.kind)).count()
    }

    pub fn find(&self, name: &[u8]) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let mut bucket = bucket_of(name);
        loop {
            let place = self.buckets[bucket];
            if place == NONE {
                return None;
            }
            let known = &self.fields[place as usize].name;
            if known[..known.len() - AFTER_NAME] == *name {
                return Some(place as usize);
            }
            bucket = (bucket + 1) % BUCKETS;
        }
    }
}

fn bucket_of(name: &[u8]) -> usize {
    let (first, last) = (name[0] as usize, name[name.len() - 1] as usize);
    (name.len() * 61 + first * 7 + last * 29) % BUCKETS
}

impl Columns<'_> {
    /// Whether the values of a row, each right by itself, are right together.
    pub fn is_right(&self, shape: &Shape, given: u64) -> bool {
        let pair = given & shape.together;
        if pair != 0 && pair != shape.together {
            return false;
        }
        shape.fits.iter().all(|fit| {
            if given >> fit.place & 1 == 0 {
                return true;
            }
            let has_code = given >> fit.by_place & 1 == 1;
            let code = if has_code { self.codes[fit.by_column * self.room + self.rows] } else { 0 };
            let value = self.numbers[fit.column * self.room + self.rows];
            fit.limits.get(code as usize).map_or(false, |limit| value >= 0.0 && value < *limit)
        })
    }

    /// Completes a row: what its object did not have is missing.
    pub fn end_row(&mut self, shape: &Shape, given: u64) {
        let mut missing = self.written & !given;
        while missing != 0 {
            let field = &shape.fields[missing.trailing_zeros() as usize];
            self.blank(field, self.rows, self.rows + 1);
            missing &= missing - 1;
        }
        self.rows += 1;
    }

    pub fn blank(&mut self, field: &Field, begin: usize, end: usize) {
        let start = field.column * self.room;
        match field.kind {
            Kind::Float | Kind::Int | Kind::Bool => {
                self.numbers[start + begin..start + end].fill(f64::NAN)
            }
            Kind::Listed => self.codes[start + begin..start + end].fill(0),
            Kind::Text => self.texts[2 * (start + begin)..2 * (start + end)].fill(-1),
            Kind::Objects | Kind::Object => {}
        }
    }
}
