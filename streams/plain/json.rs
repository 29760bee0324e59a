//! JSON, as far as it is plain: values and objects, written to columns as they are read.

use crate::shape::{Columns, Field, Kind, Shape, MOST_FIELDS};

/// Unknown fields may nest so deeply; the patient reader goes on to some hundreds.
const DEEPEST: usize = 16;
/// Bytes that a text may have: a name has at most so many characters.
const LONGEST_TEXT: usize = 256;
/// An integer of so many digits fits 64 bits.
const MOST_DIGITS: usize = 19;
/// Up to here integers, and up to 10^22 powers of ten, are exact in a double: so is their quotient,
/// rounded once (Clinger 1990).
const EXACT: u64 = 1 << 53;
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// What is read, and how far; `None` of any of its functions says that the record is odd.
pub struct Reader<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&self) -> u8 {
        *self.data.get(self.at).unwrap_or(&0)
    }

    /// The next byte that is no white space; 0 at the end.
    pub fn next(&mut self) -> u8 {
        loop {
            let byte = self.byte();
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return byte;
            }
            self.at += 1;
        }
    }

    pub fn take(&mut self, byte: u8) -> Option<()> {
        (self.next() == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.data.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// The bytes of a text after its opening quote. One with an escape is odd.
    fn text(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        for (place, &byte) in self.data.get(begin..)?.iter().enumerate() {
            if byte == b'"' {
                self.at = begin + place + 1;
                return Some(&self.data[begin..begin + place]);
            }
            if byte == b'\\' || byte < b' ' {
                return None;
            }
        }
        None
    }

    /// A finite number, and whether it is written as an integer. One beyond 19 digits is odd, and so
    /// is zero with a sign.
    fn number(&mut self) -> Option<(f64, bool)> {
        let begin = self.at;
        let negative = self.byte() == b'-';
        self.at += negative as usize;
        let (mut whole, first) = (0u64, self.at);
        self.digits(&mut whole)?;
        let digits = self.at - first;
        if digits > 1 && self.data[first] == b'0' {
            return None;
        }
        let mut places = 0;
        if self.byte() == b'.' {
            self.at += 1;
            let point = self.at;
            self.digits(&mut whole)?;
            places = self.at - point;
        }
        if digits + places > MOST_DIGITS || (negative && whole == 0) {
            return None;
        }
        let value = if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            self.at += matches!(self.byte(), b'+' | b'-') as usize;
            self.digits(&mut 0)?;
            return self.parsed(begin).map(|value| (value, false));
        } else if places == 0 {
            whole as f64
        } else if whole <= EXACT && places < POWERS.len() {
            whole as f64 / POWERS[places]
        } else {
            return self.parsed(begin).map(|value| (value, false));
        };
        Some((if negative { -value } else { value }, places == 0))
    }

    fn parsed(&self, begin: usize) -> Option<f64> {
        let digits = std::str::from_utf8(&self.data[begin..self.at]).ok()?;
        digits.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// One or more digits, added to `whole`.
    fn digits(&mut self, whole: &mut u64) -> Option<()> {
        let mut count = 0;
        for byte in self.data.get(self.at..)? {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            *whole = whole.wrapping_mul(10).wrapping_add(digit as u64);
            count += 1;
        }
        self.at += count;
        (count > 0).then_some(())
    }

    /// Any value, which nobody wants.
    fn skip(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.next() {
            b'"' => {
                self.at += 1;
                self.text().map(|_| ())
            }
            b'n' => self.word(b"null"),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'[' => {
                self.at += 1;
                if self.next() == b']' {
                    self.at += 1;
                    return Some(());
                }
                loop {
                    self.skip(depth + 1)?;
                    if self.ended(b']')? {
                        return Some(());
                    }
                }
            }
            b'{' => {
                self.at += 1;
                if self.next() == b'}' {
                    self.at += 1;
                    return Some(());
                }
                loop {
                    self.take(b'"')?;
                    self.text()?;
                    self.take(b':')?;
                    self.skip(depth + 1)?;
                    if self.ended(b'}')? {
                        return Some(());
                    }
                }
            }
            _ => self.number().map(|_| ()),
        }
    }

    /// Whether an array or object ends here; else a comma is passed over.
    pub fn ended(&mut self, closing: u8) -> Option<bool> {
        let byte = self.next();
        self.at += 1;
        match byte {
            b',' => Some(false),
            _ if byte == closing => Some(true),
            _ => None,
        }
    }

    /// The field of a name after its opening quote, up to its value: most often that which followed
    /// the last one's in the schema, or in the object before.
    fn field(&mut self, shape: &Shape, likely: usize) -> Option<Option<usize>> {
        if let Some(field) = shape.fields.get(likely) {
            if self.word(&field.name).is_some() {
                return Some(Some(likely));
            }
        }
        let found = shape.find(self.text()?);
        self.take(b':')?;
        Some(found)
    }

    /// An object as a row of `columns`; `inner` reads what is itself made of objects.
    pub fn object(
        &mut self,
        shape: &Shape,
        columns: &mut Columns,
        follows: &mut [u8; MOST_FIELDS + 1],
        inner: &mut dyn FnMut(&mut Self, Kind, usize) -> Option<()>,
    ) -> Option<u64> {
        self.take(b'{')?;
        let (mut seen, mut given, mut last) = (0u64, 0u64, MOST_FIELDS);
        if columns.rows >= columns.room {
            return None;
        }
        if self.next() == b'}' {
            self.at += 1;
        } else {
            loop {
                self.take(b'"')?;
                let found = self.field(shape, follows[last] as usize)?;
                if let Some(place) = found {
                    follows[last] = place as u8;
                    last = place;
                    if seen >> place & 1 == 1 {
                        return None;
                    }
                    seen |= 1 << place;
                    if columns.written >> place & 1 == 0 {
                        columns.blank(&shape.fields[place], 0, columns.rows + 1);
                        columns.written |= 1 << place;
                    }
                    if self.value(&shape.fields[place], columns, inner)? {
                        given |= 1 << place;
                    }
                } else {
                    self.skip(0)?;
                }
                if self.ended(b'}')? {
                    break;
                }
            }
        }
        if given & shape.required != shape.required || !columns.is_right(shape, given) {
            return None;
        }
        columns.end_row(shape, given);
        Some(given)
    }

    /// The value of a field; whether it has one.
    fn value(
        &mut self,
        field: &Field,
        columns: &mut Columns,
        inner: &mut dyn FnMut(&mut Self, Kind, usize) -> Option<()>,
    ) -> Option<bool> {
        let first = self.next();
        if first == b'n' {
            return self.word(b"null").map(|_| false);
        }
        let at = field.column * columns.room + columns.rows;
        match field.kind {
            Kind::Float | Kind::Int => {
                let (value, whole) = self.number()?;
                if value < field.low || value > field.high {
                    return None;
                }
                if field.kind == Kind::Int && !whole && value.trunc() != value {
                    return None;
                }
                columns.numbers[at] = value;
            }
            Kind::Bool if first == b't' => {
                self.word(b"true")?;
                columns.numbers[at] = 1.0;
            }
            Kind::Bool => {
                self.word(b"false")?;
                columns.numbers[at] = 0.0;
            }
            Kind::Text => {
                self.take(b'"')?;
                let begin = self.at;
                let text = self.text()?;
                if text.len() > LONGEST_TEXT {
                    return None;
                }
                columns.texts[2 * at] = begin as i64;
                columns.texts[2 * at + 1] = (begin + text.len()) as i64;
            }
            Kind::Listed => {
                self.take(b'"')?;
                let text = self.text()?;
                let (_, code) = field.listed.iter().find(|(listed, _)| listed == text)?;
                columns.codes[at] = *code;
            }
            Kind::Objects | Kind::Object => inner(self, field.kind, columns.rows)?,
        }
        Some(true)
    }
}
