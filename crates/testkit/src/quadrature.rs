use std::f64::consts::{FRAC_PI_2, PI};

/// The integral of `f` from the first of the `points` to the last, either of which may be infinite.
///
/// Between two points, x is replaced by a double-exponential function of t (Takahasi and Mori 1974), which makes
/// singular ends, infinite ends and heavy tails harmless; t by the Gauss–Kronrod rule of 7 and 15 nodes, halving
/// intervals until the two agree to 10⁻¹² of ∫|f|. `f` maps many x to their values at once, and is asked only for x
/// strictly inside.
///
/// Points in between tell where `f` is large, and are the place for jumps. Kinks only take a little longer.
///
/// ```
/// let all = f64::INFINITY;
/// let area = vae_testkit::integrate(&[-all, 0.0, all], |x| x.iter().map(|x| (-x.abs()).exp()).collect());
/// assert!((area - 2.0).abs() < 1e-12);
/// ```
///
/// # Panics
/// If halving does not help.
#[track_caller]
pub fn integrate(points: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let mut pending: Vec<Interval> = pieces(points).flat_map(Piece::intervals).collect();
    let (mut sum, mut size) = (0.0, 0.0);
    while !pending.is_empty() {
        assert!(
            pending.len() < 100_000,
            "no convergence between {points:?} near {}",
            pending[0].piece.at(pending[0].from).0
        );
        let nodes: Vec<(f64, f64)> = pending.iter().flat_map(Interval::nodes).collect();
        // At the ends themselves f may be infinite.
        let (xs, weights): (Vec<_>, Vec<_>) = nodes.into_iter().unzip();
        let values: Vec<f64> = (f(&xs).iter().zip(&weights))
            .map(|(y, w)| if *w == 0.0 { 0.0 } else { y * w })
            .collect();
        let rules: Vec<[f64; 2]> = (pending.iter().zip(values.chunks(15)))
            .map(|(interval, values)| interval.rules(values))
            .collect();
        let bound = 1e-12 * (size + rules.iter().map(|[kronrod, _]| kronrod.abs()).sum::<f64>());
        let mut split = vec![];
        for (interval, [kronrod, gauss]) in pending.into_iter().zip(rules) {
            if (kronrod - gauss).abs() > bound && interval.to - interval.from > 1e-9 {
                split.extend(interval.halves());
            } else {
                sum += kronrod;
                size += kronrod.abs();
            }
        }
        pending = split;
    }
    sum
}

/// What lies between two points; the last number is the scale on which an infinite piece begins.
#[derive(Clone, Copy)]
enum Piece {
    Finite(f64, f64),
    Above(f64, f64),
    Below(f64, f64),
}

fn pieces(points: &[f64]) -> impl Iterator<Item = Piece> {
    let scale = |a: f64, b: Option<&f64>| match b.map(|b| (a - b).abs()) {
        Some(width) if width.is_finite() && width > 0.0 => width,
        _ => 1.0,
    };
    (1..points.len()).filter_map(move |i| {
        let (a, b) = (points[i - 1], points[i]);
        match (a.is_finite(), b.is_finite()) {
            (true, true) => (a < b).then_some(Piece::Finite(a, b)),
            (true, false) => Some(Piece::Above(
                a,
                scale(a, i.checked_sub(2).map(|i| &points[i])),
            )),
            (false, true) => Some(Piece::Below(b, scale(b, points.get(i + 1)))),
            (false, false) => panic!("give a point between the infinities"),
        }
    })
}

impl Piece {
    /// x(t) and dx/dt; the latter is 0 where x is rounded to an end.
    fn at(self, t: f64) -> (f64, f64) {
        let power = FRAC_PI_2 * t.sinh();
        let (x, slope) = match self {
            Piece::Finite(a, b) => {
                let below = 1.0 / (1.0 + (-2.0 * power).exp());
                let above = 1.0 / (1.0 + (2.0 * power).exp());
                let x = if t < 0.0 {
                    a + (b - a) * below
                } else {
                    b - (b - a) * above
                };
                (x, (b - a) * below * above * PI * t.cosh())
            }
            Piece::Above(a, scale) => {
                let distance = scale * power.exp();
                (a + distance, distance * FRAC_PI_2 * t.cosh())
            }
            Piece::Below(b, scale) => {
                let distance = scale * (-power).exp();
                (b - distance, distance * FRAC_PI_2 * t.cosh())
            }
        };
        let (Piece::Finite(end, _) | Piece::Above(end, _) | Piece::Below(end, _)) = self;
        let at_an_end = x == end || matches!(self, Piece::Finite(_, b) if x == b);
        (x, if at_an_end { 0.0 } else { slope })
    }

    fn intervals(self) -> impl Iterator<Item = Interval> {
        // x comes within e^±300 of its ends.
        (-6..6).map(move |i| Interval {
            piece: self,
            from: f64::from(i),
            to: f64::from(i + 1),
        })
    }
}

/// A range of t.
struct Interval {
    piece: Piece,
    from: f64,
    to: f64,
}

impl Interval {
    fn nodes(&self) -> impl Iterator<Item = (f64, f64)> {
        let (middle, half) = (0.5 * (self.from + self.to), 0.5 * (self.to - self.from));
        (0..15).map(move |i| {
            let node = NODES[if i < 8 { i } else { 14 - i }];
            self.piece
                .at(middle + half * if i < 7 { -node } else { node })
        })
    }

    /// The rule of 15 nodes, and that of 7 of them.
    fn rules(&self, values: &[f64]) -> [f64; 2] {
        let half = 0.5 * (self.to - self.from);
        let sum = |weight: &dyn Fn(usize) -> f64| -> f64 {
            let term = |(i, y): (usize, &f64)| weight(if i < 8 { i } else { 14 - i }) * y;
            half * values.iter().enumerate().map(term).sum::<f64>()
        };
        let gauss = |i: usize| if i % 2 == 1 { GAUSS[i / 2] } else { 0.0 };
        [sum(&|i| KRONROD[i]), sum(&gauss)]
    }

    fn halves(self) -> [Interval; 2] {
        let middle = 0.5 * (self.from + self.to);
        [(self.from, middle), (middle, self.to)].map(|(from, to)| Interval {
            piece: self.piece,
            from,
            to,
        })
    }
}

/// The non-negative nodes on [−1, 1], and their weights (Piessens et al. 1983, QUADPACK).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_56,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];
/// Of every second node.
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_close;

    const ALL: f64 = f64::INFINITY;

    fn integral(points: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        integrate(points, |x| x.iter().map(|x| f(*x)).collect())
    }

    #[test]
    fn the_rules_are_exact_for_polynomials() {
        let interval = Interval {
            piece: Piece::Finite(0.0, 1.0),
            from: -1.0,
            to: 1.0,
        };
        let nodes = (0..15).map(|i| if i < 8 { -NODES[i] } else { NODES[14 - i] });
        let power = |k: i32| nodes.clone().map(|t| t.powi(k)).collect::<Vec<_>>();
        for k in [0, 2, 12] {
            let exact = 2.0 / (f64::from(k) + 1.0);
            for rule in interval.rules(&power(k)) {
                assert_close(rule, exact, 1e-15);
            }
        }
        assert_close(interval.rules(&power(22))[0], 2.0 / 23.0, 1e-15);
    }

    #[test]
    fn known_integrals() {
        assert_close(
            integral(&[0.0, 2.0], |x| x.powf(-0.9)),
            10.0 * 2f64.powf(0.1),
            1e-12,
        );
        assert_close(
            integral(&[-ALL, 3.0, ALL], |x| (-x * x).exp()),
            PI.sqrt(),
            1e-13,
        );
        // A kink, a narrow peak, and heavy tails.
        assert_close(
            integral(&[-ALL, -1.0, 2.0, ALL], |x| (-(x - 0.3).abs()).exp()),
            2.0,
            1e-11,
        );
        assert_close(
            integral(&[0.0, 0.999, 1.001, 9.0], |x| {
                (-(1e4 * (x - 1.0)).powi(2)).exp()
            }),
            1e-4 * PI.sqrt(),
            1e-15,
        );
        assert_close(integral(&[1.0, ALL], |x| x.powf(-1.2)), 5.0, 1e-11);
        assert_close(
            integral(&[-ALL, 0.0, ALL], |x| 1.0 / (1.0 + x * x)),
            PI,
            1e-12,
        );
    }

    #[test]
    #[should_panic(expected = "is not close")]
    fn nan_spreads() {
        let f = |x: f64| if x > 0.5 { f64::NAN } else { 1.0 };
        assert_close(integral(&[0.0, 1.0], f), 0.5, 1.0);
    }
}
