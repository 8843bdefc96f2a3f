//! Where parameters and events lie, and which of them the tests try.

use std::ops::Range;

/// What a parameter may be, and the range on which accuracy is asserted.
#[derive(Clone)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub range: Range<f64>,
    /// Elements of a row.
    pub width: usize,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Real,
    Positive,
    Count,
    Fixed,
    Direction,
}

fn parameter(kind: Kind, range: Range<f64>) -> Parameter {
    Parameter {
        name: "",
        kind,
        range,
        width: 1,
    }
}

/// Far out, ±50 on the sides of 0 that the range touches.
pub fn real(range: Range<f64>) -> Parameter {
    parameter(Kind::Real, range)
}

/// Far out, e^±50.
pub fn positive(range: Range<f64>) -> Parameter {
    parameter(Kind::Positive, range)
}

/// A whole number, of which no derivative is taken. Far out, a thousand times the largest.
pub fn count(range: Range<f64>) -> Parameter {
    parameter(Kind::Count, range)
}

/// A whole number that has to be this one.
pub fn fixed(value: f64) -> Parameter {
    parameter(Kind::Fixed, value..value)
}

/// A unit vector.
pub fn direction(width: usize) -> Parameter {
    parameter(Kind::Direction, -1.0..1.0).row(width)
}

impl Parameter {
    /// A row of these.
    pub fn row(self, width: usize) -> Self {
        Self { width, ..self }
    }

    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// u in [0, 1] to the range.
    pub fn typical(&self, u: f64) -> f64 {
        let Range { start, end } = self.range;
        match self.kind {
            Kind::Positive => start * (end / start).powf(u),
            Kind::Count => (start + (end - start) * u).round(),
            Kind::Real | Kind::Fixed | Kind::Direction => start + (end - start) * u,
        }
    }

    /// A small step from `x`, which stays in the domain.
    pub fn step(&self, x: f64, step: f64) -> f64 {
        match self.kind {
            Kind::Real | Kind::Direction => x + step,
            Kind::Positive => x * (1.0 - step.abs()),
            Kind::Count | Kind::Fixed => x,
        }
    }

    /// u in [0, 1] to what no network should produce but one day will.
    pub fn far(&self, u: f64) -> f64 {
        let Range { start, end } = self.range;
        match self.kind {
            Kind::Real | Kind::Direction => {
                let low = if start < 0.0 { -50.0 } else { start };
                let high = if end > 0.0 { 50.0 } else { end };
                low + (high - low) * u
            }
            Kind::Positive => (100.0 * u - 50.0).exp(),
            Kind::Count => (start + (1e3 * end - start) * u).round(),
            Kind::Fixed => start,
        }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Where events lie; the ends may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Support {
    Interval(f64, f64),
    /// From the one to the other, both included, in steps of the third.
    Lattice(f64, f64, f64),
    /// Rows of so many elements that depend on each other.
    Rows(usize),
}

pub const LINE: Support = Support::Interval(f64::NEG_INFINITY, f64::INFINITY);
pub const POSITIVE: Support = Support::Interval(0.0, f64::INFINITY);
pub const UNIT: Support = Support::Interval(0.0, 1.0);
pub const COUNTS: Support = Support::Lattice(0.0, f64::INFINITY, 1.0);
pub const BITS: Support = Support::Lattice(0.0, 1.0, 1.0);

impl Support {
    pub fn ends(self) -> [f64; 2] {
        match self {
            Support::Interval(a, b) | Support::Lattice(a, b, _) => [a, b],
            Support::Rows(_) => panic!("rows have no ends"),
        }
    }

    /// If it is discrete.
    pub fn step(self) -> Option<f64> {
        match self {
            Support::Lattice(_, _, step) => Some(step),
            _ => None,
        }
    }

    pub fn holds(self, other: Support) -> bool {
        let ([a, b], [c, d]) = (self.ends(), other.ends());
        a <= c && d <= b
    }

    /// Events that cannot be.
    pub fn outside(self) -> Vec<f64> {
        let [a, b] = self.ends();
        let mut outside = vec![a - 1.0, a - 1e3, b + 1.0, b + 1e3];
        outside.retain(|x| x.is_finite());
        outside.extend(self.step().map(|step| a + 0.5 * step));
        outside
    }

    /// u in [0, 1] to somewhere in it: on both sides of 0, if it is unbounded, up to ±`reach`.
    pub fn at(self, u: f64, reach: f64) -> f64 {
        match self {
            Support::Rows(_) => panic!("a number is no row"),
            Support::Lattice(a, b, step) => {
                let steps = ((b - a) / step).min(reach.exp());
                a + step * ((1.0 + steps).powf(u) - 1.0).round()
            }
            Support::Interval(a, b) => match (a.is_finite(), b.is_finite()) {
                (false, false) => reach * (2.0 * u - 1.0),
                (true, false) => a + (reach * (2.0 * u - 1.0)).exp(),
                (false, true) => b - (reach * (2.0 * u - 1.0)).exp(),
                (true, true) => a + (b - a) * logistic(reach * (2.0 * u - 1.0)),
            },
        }
    }
}
