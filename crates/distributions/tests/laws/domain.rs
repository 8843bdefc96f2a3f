//! Where parameters and events lie, and which of them the tests try.

use std::ops::Range;

/// What a parameter may be, the range on which accuracy is asserted, and how far out nothing may break.
#[derive(Clone)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    range: Range<f64>,
    far: Range<f64>,
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

fn parameter(kind: Kind, range: Range<f64>, far: Range<f64>) -> Parameter {
    Parameter {
        name: "",
        kind,
        range,
        far,
        width: 1,
    }
}

/// Far out, ±50 on the sides of 0 that the range touches.
pub fn real(range: Range<f64>) -> Parameter {
    let low = if range.start < 0.0 {
        -50.0
    } else {
        range.start
    };
    let high = if range.end > 0.0 { 50.0 } else { range.end };
    parameter(Kind::Real, range, low..high)
}

/// Far out, e^±50.
pub fn positive(range: Range<f64>) -> Parameter {
    parameter(Kind::Positive, range, (-50f64).exp()..50f64.exp())
}

/// A whole number, of which no derivative is taken. Far out, a thousand times the largest.
pub fn count(range: Range<f64>) -> Parameter {
    let far = range.start..1e3 * range.end;
    parameter(Kind::Count, range, far)
}

/// A whole number that has to be this one.
pub fn fixed(value: f64) -> Parameter {
    parameter(Kind::Fixed, value..value, value..value)
}

/// A unit vector.
pub fn direction(width: usize) -> Parameter {
    parameter(Kind::Direction, -1.0..1.0, -1.0..1.0).row(width)
}

impl Parameter {
    /// A row of these.
    pub fn row(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// No farther out than this.
    pub fn within(self, far: Range<f64>) -> Self {
        Self { far, ..self }
    }

    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// u in [0, 1] to the range.
    pub fn typical(&self, u: f64) -> f64 {
        self.at(&self.range, u)
    }

    /// u in [0, 1] to what no network should produce but one day will.
    pub fn far(&self, u: f64) -> f64 {
        self.at(&self.far, u)
    }

    fn at(&self, Range { start, end }: &Range<f64>, u: f64) -> f64 {
        match self.kind {
            Kind::Positive => start * (end / start).powf(u),
            Kind::Count => (start + (end - start) * u).round(),
            Kind::Real | Kind::Fixed | Kind::Direction => start + (end - start) * u,
        }
    }

    /// From one whole number to another, of which no derivative is taken.
    pub fn steps(&self) -> Option<Range<f64>> {
        matches!(self.kind, Kind::Count | Kind::Fixed).then(|| self.range.clone())
    }

    /// A small step from `x`, which stays in the domain.
    pub fn step(&self, x: f64, step: f64) -> f64 {
        match self.kind {
            Kind::Real | Kind::Direction => x + step,
            Kind::Positive => x * (1.0 - step.abs()),
            Kind::Count | Kind::Fixed => x,
        }
    }

    /// What `new` has to refuse.
    pub fn refused(&self) -> Vec<f64> {
        let wrong = match self.kind {
            Kind::Positive => vec![-1.0],
            Kind::Count => vec![-1.0, 1.5],
            Kind::Real | Kind::Fixed | Kind::Direction => vec![],
        };
        [wrong, vec![f64::NAN, f64::INFINITY]].concat()
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
    /// Rows of so many elements that depend on each other: any, on the simplex, or on the sphere.
    Rows(usize),
    Simplex(usize),
    Sphere(usize),
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
            rows => panic!("{rows:?} has no ends"),
        }
    }

    /// Elements of an event.
    pub fn width(self) -> usize {
        match self {
            Support::Rows(width) | Support::Simplex(width) | Support::Sphere(width) => width,
            _ => 1,
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
            rows => panic!("a number is not in {rows:?}"),
        }
    }
}
