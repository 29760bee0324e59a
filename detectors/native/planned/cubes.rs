//! The cubes about the globe that phones are in, where they are near each other: as
//! `detectors.features.plan.spatial_counts.cubes` has them, or that this would have to say.

use crate::{whole, FAILED};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// So near one another (radians) sines follow from one by their series.
const NEAR_RAD: f64 = 0.05;
/// So near a side of a cube (in sides) rounding decides.
const SIDE: f64 = 1e-6;
/// Parts of the series of sines and cosines.
const SIN: [f64; 3] = [1.0 / 6.0, 1.0 / 120.0, 1.0 / 5040.0];
const COS: [f64; 3] = [1.0 / 2.0, 1.0 / 24.0, 1.0 / 720.0];
/// A row without a place, and one of which this can't be said.
const NOWHERE: i64 = -1;
const UNSURE: i64 = -2;

/// Lays out the cubes of so many places (degrees), of which `scale` are a radius of the globe, with
/// so many bits an axis; says how many are unsure.
///
/// # Safety
/// `lat`, `lon` and `cubes` are of so many.
#[no_mangle]
pub unsafe extern "C" fn planned_cubes(
    lat: *const f64,
    lon: *const f64,
    count: usize,
    scale: f64,
    bits: u32,
    cubes: *mut i64,
) -> i64 {
    if bits > 20 {
        return FAILED;
    }
    whole(|| {
        let (lat, lon) = (from_raw_parts(lat, count), from_raw_parts(lon, count));
        let cubes = from_raw_parts_mut(cubes, count);
        let is_placed = |row: &usize| lat[*row].is_finite() && lon[*row].is_finite();
        let middle = (0..count).find(is_placed);
        let (north, east) = middle.map_or((0.0, 0.0), |row| (lat[row], lon[row]));
        let (north, east) = (Arc::about(north), Arc::about(east));
        let mut unsure = 0;
        for row in 0..count {
            let (lat, lon) = (lat[row], lon[row]);
            let ((sin_lat, cos_lat), (sin_lon, cos_lon)) = (north.at(lat), east.at(lon));
            let axes = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat];
            let mut sure = north.is_near(lat) && east.is_near(lon);
            let mut packed = 0;
            for axis in axes {
                let sides = axis * scale;
                // Rounded down without a call: a number below 0 is cut off upwards.
                let cut = sides as i64;
                let side = cut - i64::from(cut as f64 > sides);
                let over = sides - side as f64;
                sure &= over > SIDE && over < 1.0 - SIDE;
                packed = packed << bits | (side + (1 << (bits - 1)));
            }
            cubes[row] = if !(lat.is_finite() && lon.is_finite()) {
                NOWHERE
            } else if sure {
                packed
            } else {
                unsure += 1;
                UNSURE
            };
        }
        Some(unsure)
    })
}

/// Angles about one whose sine and cosine are known.
struct Arc {
    middle_deg: f64,
    sin: f64,
    cos: f64,
}

impl Arc {
    fn about(middle_deg: f64) -> Self {
        let (sin, cos) = middle_deg.to_radians().sin_cos();
        Arc { middle_deg, sin, cos }
    }

    fn is_near(&self, angle_deg: f64) -> bool {
        (angle_deg - self.middle_deg).abs() < NEAR_RAD.to_degrees()
    }

    /// Sine and cosine of one that is near: what is left out of the series is below 1e-15.
    fn at(&self, angle_deg: f64) -> (f64, f64) {
        let off = (angle_deg - self.middle_deg).to_radians();
        let square = off * off;
        // One way leads through few products, where quotients would each wait for the one before.
        let fourth = square * square;
        let sin = off * (1.0 - square * SIN[0] + fourth * (SIN[1] - square * SIN[2]));
        let cos = 1.0 - square * COS[0] + fourth * (COS[1] - square * COS[2]);
        (self.sin * cos + self.cos * sin, self.cos * cos - self.sin * sin)
    }
}
