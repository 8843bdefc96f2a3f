use crate::double::in_double;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, ElementMixture, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// A logistic variable of location μ and scale s, both (B, N), rounded to one of L levels: x = k/(L − 1) in [0, 1] for
/// k = 0, …, L − 1, the grey value k of a pixel.
///
/// With bins of width h = 1/(L − 1), P(x) = σ((x + h/2 − μ)/s) − σ((x − h/2 − μ)/s), where the first level's bin begins
/// at −∞ and the last one's ends at +∞. Its logarithm is the sum of three that never cancel, so it is finite and has a
/// gradient however far a level is from μ: for ln s within ±50 and beyond. Computed in `f64` for either element type.
///
/// An x within a hundredth of h of a level is this level. x has no gradient.
///
/// Kingma et al. (2016), "Improved variational inference with inverse autoregressive flow";
/// Salimans et al. (2017), "PixelCNN++", whose mixture is [`DiscretizedLogisticMixture`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, DiscretizedLogistic};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = DiscretizedLogistic::new(2, tensor(0.5), tensor(0.0))?;
/// assert!((p.log_prob(&tensor(1.0)).as_vec()[0] - 0.5f64.ln()).abs() < 1e-15);
/// assert_eq!(p.log_prob(&tensor(0.4)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiscretizedLogistic<N: Dim, E: Real = f32, T = NoneTape> {
    /// L ≥ 2; 256 for 8-bit images.
    pub levels: u32,
    /// μ, in units of x.
    pub loc: Batch<N, E, T>,
    /// ln s, in units of x.
    pub log_scale: Batch<N, E, T>,
}

/// A mixture of discretized logistic variables for each element by itself: images of 8 bits.
pub type DiscretizedLogisticMixture<N, E = f32, T = NoneTape> =
    ElementMixture<DiscretizedLogistic<N, E, T>, N, E, T>;

impl<N: Dim, E: Real, T: Record<E>> DiscretizedLogistic<N, E, T> {
    /// Checks that L − 1 is positive, and μ and ln s are finite.
    pub fn new(
        levels: u32,
        loc: Batch<N, E, T>,
        log_scale: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        Domain::check_levels("DiscretizedLogistic", f64::from(levels))?;
        Domain::Finite.check(["DiscretizedLogistic", "loc"], &loc)?;
        Domain::Finite.check(["DiscretizedLogistic", "log_scale"], &log_scale)?;
        Ok(Self {
            levels,
            loc,
            log_scale,
        })
    }

    /// P(X ≤ x), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let grid = Grid::of(self.levels.into());
        formula(self.variables(x), move |variables| {
            in_double(variables, |[x, loc, log_scale]| {
                let k = (x.value * grid.last + Grid::TOLERANCE).floor();
                if k < 0.0 {
                    Dual::constant(0.0)
                } else if k >= grid.last {
                    Dual::constant(1.0)
                } else {
                    grid.standardized(k + 0.5, [loc, log_scale]).sigmoid()
                }
            })
        })
    }

    /// The lowest level x with P(X ≤ x) ≥ u, element by element, for u in (0, 1). It has no gradient.
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let grid = Grid::of(self.levels.into());
        formula(self.variables(u), move |variables| {
            in_double(variables, |variables| {
                let [u, loc, log_scale] = variables.map(|x| x.value);
                Dual::constant(grid.quantile(u, loc, log_scale))
            })
        })
    }

    fn variables(&self, x: &Batch<N, E, T>) -> [Batch<N, E, T>; 3] {
        [x.clone(), self.loc.clone(), self.log_scale.clone()]
    }
}

/// The levels k/(L − 1), from L − 1.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    last: f64,
}

impl Grid {
    const TOLERANCE: f64 = 0.01;

    pub(crate) fn of(levels: f64) -> Self {
        Self { last: levels - 1.0 }
    }

    /// The k of a level x.
    pub(crate) fn level(self, x: f64) -> Option<f64> {
        let k = (x * self.last).round();
        let on_grid = (x * self.last - k).abs() <= Self::TOLERANCE;
        (on_grid && k >= 0.0 && k <= self.last).then_some(k)
    }

    /// (k/(L − 1) − μ)/s
    fn standardized<const K: usize>(
        self,
        k: f64,
        [loc, log_scale]: [Dual<f64, K>; 2],
    ) -> Dual<f64, K> {
        (k / self.last - loc) * (-log_scale).exp()
    }

    fn quantile(self, u: f64, loc: f64, log_scale: f64) -> f64 {
        let x = loc + log_scale.exp() * (u.ln() - (-u).ln_1p());
        (x * self.last - 0.5).ceil().clamp(0.0, self.last) / self.last
    }

    fn log_mass<const K: usize>(self, [x, loc, log_scale]: [Dual<f64, K>; 3]) -> Dual<f64, K> {
        let Some(k) = self.level(x.value) else {
            return Dual::constant(f64::NEG_INFINITY);
        };
        let below_upper = || self.standardized(k + 0.5, [loc, log_scale]).log_sigmoid();
        let above_lower = || (-self.standardized(k - 0.5, [loc, log_scale])).log_sigmoid();
        if k == 0.0 {
            below_upper()
        } else if k == self.last {
            above_lower()
        } else {
            // σ(b) − σ(a) = σ(b) σ(−a) (1 − e^(a − b))
            let width = (-log_scale).exp() / self.last;
            below_upper() + above_lower() + (-(-width).exp_m1()).ln()
        }
    }

    /// E\[k − c\] and E\[(k − c)²\] for the level c next to μ, as sums of tails: nothing cancels however small s is.
    fn moments<const K: usize>(
        self,
        [loc, log_scale]: [Dual<f64, K>; 2],
    ) -> (f64, [Dual<f64, K>; 2]) {
        let center = (loc.value * self.last).round().clamp(0.0, self.last);
        let [mut first, mut second] = [Dual::constant(0.0); 2];
        for k in 1..=self.last as u32 {
            let k = f64::from(k);
            let edge = self.standardized(k - 0.5, [loc, log_scale]);
            if k > center {
                let above = (-edge).sigmoid();
                first = first + above;
                second = second + (2.0 * (k - center) - 1.0) * above;
            } else {
                let below = edge.sigmoid();
                first = first - below;
                second = second + (2.0 * (center - k) + 1.0) * below;
            }
        }
        (center, [first, second])
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for DiscretizedLogistic<N, E, T> {
    /// Σ ln P(x).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let grid = Grid::of(self.levels.into());
        sum_formula(self.variables(x), move |variables| {
            in_double(variables, |variables| grid.log_mass(variables))
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for DiscretizedLogistic<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let grid = Grid::of(self.levels.into());
        formula(self.variables(x), move |variables| {
            in_double(variables, |variables| grid.log_mass(variables))
        })
    }
}

/// Sums over all levels.
impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for DiscretizedLogistic<N, E, T> {
    fn mean(&self) -> Batch<N, E, T> {
        let grid = Grid::of(self.levels.into());
        formula(
            [self.loc.clone(), self.log_scale.clone()],
            move |variables| {
                in_double(variables, |variables| {
                    let (center, [first, _]) = grid.moments(variables);
                    (center + first) / grid.last
                })
            },
        )
    }

    fn variance(&self) -> Batch<N, E, T> {
        let grid = Grid::of(self.levels.into());
        formula(
            [self.loc.clone(), self.log_scale.clone()],
            move |variables| {
                in_double(variables, |variables| {
                    let (_, [first, second]) = grid.moments(variables);
                    (second - first.square()) / (grid.last * grid.last)
                })
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for DiscretizedLogistic<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let grid = Grid::of(self.levels.into());
        draw([&self.loc, &self.log_scale], |[loc, log_scale]| {
            grid.quantile(uniform(rng), loc, log_scale)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Cpu, TensorFromVec};

    /// With 60 digits, by mpmath 1.3.
    #[test]
    fn known_densities_of_256_levels() {
        fn check<E: Real>(tolerance: f64) {
            let number = |x: f64| Cpu::default().tensor_from_vec(vec![E::of(x)], (1, 1));
            for (level, loc, log_scale, expected) in [
                (0.0, 0.3, -3.0, -5.988787519795446),
                (100.0, 0.3, -3.0, -4.684000846873459),
                (255.0, 0.3, -3.0, -14.020493255161371),
                (100.0, 0.3, -7.0, -98.92566464029188),
                (200.0, 0.3, -50.0, -2.5008579608478823e21),
                (77.0, 0.3, 50.0, -56.92755790627832),
                (255.0, -3.0, -7.0, -4384.382372618877),
            ] {
                let p: DiscretizedLogistic<usize, E> =
                    DiscretizedLogistic::new(256, number(loc), number(log_scale))
                        .expect("finite parameters");
                let log_prob = p.log_prob(&number(level / 255.0)).as_vec()[0].as_f64();
                assert!(
                    (log_prob / expected - 1.0).abs() < tolerance,
                    "{log_prob} is not {expected}"
                );
            }
        }
        check::<f64>(1e-14);
        check::<f32>(1e-5);
    }

    #[test]
    fn one_level_is_refused() {
        let number = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, 1));
        assert!(DiscretizedLogistic::<usize, f64>::new(1, number(0.5), number(0.0)).is_err());
    }
}
