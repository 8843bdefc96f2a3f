//! Densities in the plane, almost all of whose mass is within ±3, and flows fitted to them.

pub mod fit;

use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;
use vae_reparam::Noise;

/// A density in the plane.
#[derive(Clone, Copy)]
pub struct Toy {
    pub name: &'static str,
    /// A point, made of two uniform numbers and two normal ones.
    pub point: fn([f64; 2], [f64; 2]) -> [f64; 2],
    /// p of a point.
    pub density: fn([f64; 2]) -> f64,
}

impl Toy {
    pub fn points(self, count: usize, noise: Noise) -> impl Iterator<Item = [f64; 2]> {
        let (mut uniform, mut normal) = (vec![0.0; 2 * count], vec![0.0; 2 * count]);
        noise.part(0).fill_uniform(&mut uniform);
        noise.part(1).fill_normal(&mut normal);
        let pairs = |x: Vec<f64>| x.as_chunks().0.to_vec().into_iter();
        pairs(uniform)
            .zip(pairs(normal))
            .map(move |(u, e)| (self.point)(u, e))
    }

    /// ∫ f(p(x)) dx by the midpoint rule, in steps that end where the fields of the board do.
    pub fn integral(self, f: impl Fn(f64) -> f64) -> f64 {
        let step = 0.025;
        let places = || (-160..160).map(|i| step * (f64::from(i) + 0.5));
        let cells = places().flat_map(|x| places().map(move |y| [x, y]));
        step * step * cells.map(|x| f((self.density)(x))).sum::<f64>()
    }

    /// −∫ p ln p
    pub fn entropy(self) -> f64 {
        self.integral(|p| if p > 0.0 { -p * p.ln() } else { 0.0 })
    }
}

/// Uniform on the black fields of a board of 4 × 4 on [−2, 2]².
pub const CHECKERBOARD: Toy = Toy {
    name: "checkerboard",
    point: |u, _| {
        let (column, field) = ((4.0 * u[0]).floor(), 4.0 * u[1]);
        let row = 2.0 * (field / 2.0).floor() + (column % 2.0);
        [4.0 * u[0] - 2.0, row + 0.5 * field.rem_euclid(2.0) - 2.0]
    },
    density: |[x, y]| {
        let inside = x.abs().max(y.abs()) < 2.0;
        let black = (x.floor() + y.floor()) % 2.0 == 0.0;
        if inside && black { 0.125 } else { 0.0 }
    },
};

/// Two circles around 0, with normal noise of the radius.
pub const RINGS: Toy = Toy {
    name: "rings",
    point: |u, e| {
        let radius = RADII[usize::from(u[0] < 0.5)] + SPREAD * e[0];
        rotated([radius, 0.0], TAU * u[1])
    },
    density: |[x, y]| {
        let r = x.hypot(y);
        0.5 * RADII
            .map(|radius| normal(r, radius, SPREAD))
            .iter()
            .sum::<f64>()
            / (TAU * r)
    },
};

/// Two half circles that grip into each other, with normal noise.
pub const MOONS: Toy = Toy {
    name: "moons",
    point: |u, e| {
        let [x, y] = on_moon(usize::from(u[0] < 0.5), PI * u[1]);
        [x + SPREAD * e[0], y + SPREAD * e[1]]
    },
    density: |[x, y]| {
        // The midpoint rule along the moons.
        static CENTERS: LazyLock<Vec<[f64; 2]>> = LazyLock::new(|| {
            let angles = (0..200).map(|i| PI * (f64::from(i) + 0.5) / 200.0);
            let pairs = angles.flat_map(|angle| [on_moon(0, angle), on_moon(1, angle)]);
            pairs.collect()
        });
        let squares = CENTERS
            .iter()
            .map(|c| (x - c[0]).powi(2) + (y - c[1]).powi(2));
        let sum: f64 = squares
            .map(|square| normal(square.sqrt(), 0.0, SPREAD))
            .sum();
        sum / CENTERS.len() as f64 * normal(0.0, 0.0, SPREAD)
    },
};

/// Five blades, normal along and across, that turn with the distance from 0 (Johnson et al. 2016, whose blades turn with the
/// place along them: this way no area changes, and the density is a mixture of five).
pub const PINWHEEL: Toy = Toy {
    name: "pinwheel",
    point: |u, e| {
        let (along, across) = (ALONG[0] + ALONG[1] * e[0], SPREAD * e[1]);
        rotated(
            [along, across],
            blade((5.0 * u[0]).floor(), along.hypot(across)),
        )
    },
    density: |[x, y]| {
        let of = |k| {
            let [along, across] = rotated([x, y], -blade(k, x.hypot(y)));
            normal(along, ALONG[0], ALONG[1]) * normal(across, 0.0, SPREAD)
        };
        [0.0, 1.0, 2.0, 3.0, 4.0].map(of).iter().sum::<f64>() / 5.0
    },
};

const RADII: [f64; 2] = [1.0, 2.0];
const SPREAD: f64 = 0.15;
/// Mean and standard deviation along a blade.
const ALONG: [f64; 2] = [1.5, 0.45];

/// The angle of a blade at a distance from 0.
fn blade(k: f64, radius: f64) -> f64 {
    TAU * k / 5.0 + 0.25 * (radius / ALONG[0]).exp()
}

fn on_moon(which: usize, angle: f64) -> [f64; 2] {
    match which {
        0 => [angle.cos() - 0.5, angle.sin() - 0.25],
        _ => [0.5 - angle.cos(), 0.25 - angle.sin()],
    }
}

fn rotated([x, y]: [f64; 2], angle: f64) -> [f64; 2] {
    let (sin, cos) = angle.sin_cos();
    [cos * x - sin * y, sin * x + cos * y]
}

fn normal(x: f64, mean: f64, deviation: f64) -> f64 {
    (-0.5 * ((x - mean) / deviation).powi(2)).exp() / (deviation * TAU.sqrt())
}
