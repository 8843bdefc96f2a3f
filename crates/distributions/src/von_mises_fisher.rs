use crate::sample::uniform;
use crate::spherical_uniform::{SphericalUniform, log_surface_area};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{BroadcastTo, Cpu, Dim, HasShape, NoneTape, ReshapeTo, TensorFromVec};
use rand::Rng;
use rand_distr::{Beta, Distribution, StandardNormal as StandardDraw};
use vae_ops::math::Langevin;
use vae_ops::{Batch, Dual, PerExample, Real, Record, as_slice, formula, sum_formula};

/// The von Mises–Fisher distribution on the unit sphere of N ≥ 2 dimensions, from its mean direction μ (B, N), of norm 1,
/// and concentration κ ≥ 0 (B,): p(x) = C_N(κ) exp(κ μᵀx), C_N(κ) = κ^(N/2−1) / ((2π)^(N/2) I_{N/2−1}(κ)), with respect to
/// the area of the sphere (Davidson et al. 2018). Uniform at κ = 0.
///
/// Accurate for κ up to 10⁶ and N up to 200, see [`Langevin`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, KlTo, SphericalUniform, VonMisesFisher};
///
/// let device = Cpu::default();
/// let direction = |x: [f64; 3]| device.tensor_from_vec(x.to_vec(), (1, Const::<3>));
/// let p = VonMisesFisher::new(direction([0.0, 0.0, 1.0]), device.tensor_from_vec(vec![2.0], (1,)))?;
/// // κ / (4π sinh κ) on the equator.
/// let density = p.log_prob(&direction([1.0, 0.0, 0.0])).as_vec()[0].exp();
/// assert!((density - 2.0 / (2.0 * std::f64::consts::TAU * 2.0f64.sinh())).abs() < 1e-15);
/// assert!(p.kl_to(&SphericalUniform).as_vec()[0] > 0.0);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct VonMisesFisher<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub loc: Batch<N, E, T>,
    /// κ
    pub concentration: PerExample<E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> VonMisesFisher<N, E, T> {
    /// Checks that μ is of norm 1, to within 10⁻⁵, and κ not negative.
    ///
    /// # Panics
    /// If N < 2.
    pub fn new(loc: Batch<N, E, T>, concentration: PerExample<E, T>) -> Result<Self, DomainError> {
        let dimension = loc.shape().1.size();
        assert!(dimension >= 2, "a sphere in {dimension} dimensions");
        let norm = formula([sum_formula([loc.clone()], |[x]| x.square())], |[x]| {
            x.sqrt()
        });
        Domain::One.check(["VonMisesFisher", "the norm of loc"], &norm)?;
        Domain::NonNegative.check(["VonMisesFisher", "concentration"], &concentration)?;
        Ok(Self { loc, concentration })
    }

    fn dimension(&self) -> usize {
        self.loc.shape().1.size()
    }

    /// The differential entropy with respect to the area of the sphere, ln S − KL(p ‖ uniform), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let dimension = self.dimension();
        formula([self.concentration.clone()], move |[kappa]| {
            log_surface_area(dimension) - divergence(dimension, kappa)
        })
    }
}

fn langevin<E: Real, const K: usize>(dimension: usize, kappa: Dual<E, K>) -> Langevin {
    Langevin::new(dimension, kappa.value.as_f64())
}

/// KL(p ‖ uniform) = κ A(κ) − h(κ), of derivative κ A′(κ).
fn divergence<E: Real, const K: usize>(dimension: usize, kappa: Dual<E, K>) -> Dual<E, K> {
    let l = langevin(dimension, kappa);
    kappa.chain(E::of(l.divergence), kappa.value * E::of(l.slope))
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for VonMisesFisher<N, E, T> {
    /// κ μᵀx + ln C_N(κ), as κ − h(κ) − ½ κ ‖x − μ‖² − ln S: of unit vectors, rounded as they are, the difference is known
    /// better than the product. x has to be of norm 1, which is not checked; in the gradient of x only the part along the
    /// sphere has a meaning.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let dimension = self.dimension();
        let square = sum_formula([x.clone(), self.loc.clone()], |[x, loc]| (x - loc).square());
        formula(
            [square, self.concentration.clone()],
            move |[square, kappa]| {
                let l = langevin(dimension, kappa);
                let peak = kappa.chain(E::of(l.gap), E::of(l.complement));
                peak - 0.5 * kappa * square - log_surface_area(dimension)
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for VonMisesFisher<N, E, T> {
    /// A(κ) μ, inside of the sphere.
    fn mean(&self) -> Batch<N, E, T> {
        let dimension = self.dimension();
        let kappa = self.concentration.clone().broadcast_like(self.loc.shape());
        formula([self.loc.clone(), kappa], move |[loc, kappa]| {
            let l = langevin(dimension, kappa);
            loc * kappa.chain(E::of(l.mean), E::of(l.slope))
        })
    }

    /// A/κ (1 − μᵢ²) + A′ μᵢ²
    fn variance(&self) -> Batch<N, E, T> {
        let dimension = self.dimension();
        let kappa = self.concentration.clone().broadcast_like(self.loc.shape());
        formula([self.loc.clone(), kappa], move |[loc, kappa]| {
            let l = langevin(dimension, kappa);
            let along = kappa.chain(E::of(l.slope), E::of(l.curvature));
            // From A′ = 1 − A² − (N − 1) A/κ.
            let slope = (-2.0 * l.mean * l.slope - l.curvature) / (dimension as f64 - 1.0);
            let across = kappa.chain(E::of(l.mean_ratio), E::of(slope));
            across + (along - across) * loc.square()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for VonMisesFisher<N, E, T> {
    /// By rejection from a distribution of μᵀx alone (Wood 1994).
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let loc = self.loc.retaped::<NoneTape>().contiguous();
        let kappa = self.concentration.retaped::<NoneTape>().contiguous();
        let dimension = self.dimension();
        let mut values = Vec::with_capacity(loc.shape().0 * dimension);
        for (mu, kappa) in as_slice(&loc).chunks_exact(dimension).zip(as_slice(&kappa)) {
            let (along, across) = projections(dimension as f64 - 1.0, kappa.as_f64(), rng);
            let mu = || mu.iter().map(|x| x.as_f64());
            // A direction that is uniform among those at right angles to μ.
            let mut tangent: Vec<f64> = mu().map(|_| rng.sample(StandardDraw)).collect();
            // Twice, for what rounding leaves of μ where the draw was almost along it.
            for _ in 0..2 {
                let product: f64 = mu().zip(&tangent).map(|(m, v)| m * v).sum();
                tangent
                    .iter_mut()
                    .zip(mu())
                    .for_each(|(v, m)| *v -= product * m);
            }
            let norm = tangent.iter().fold(0.0f64, |norm, v| norm.hypot(*v));
            values.extend(
                mu().zip(tangent)
                    .map(|(m, v)| E::of(along * m + across / norm * v)),
            );
        }
        Cpu::default().tensor_from_vec(values, *loc.shape())
    }
}

/// μᵀx and √(1 − (μᵀx)²), for n = N − 1.
fn projections(n: f64, kappa: f64, rng: &mut impl Rng) -> (f64, f64) {
    let b = n / (2.0 * kappa + (2.0 * kappa).hypot(n));
    // 1 − w for w = μᵀx, since w is close to 1 where κ is large; x₀ and c of the paper are the mode and its density.
    let gap_of_mode = 2.0 * b / (1.0 + b);
    let shares = Beta::new(0.5 * n, 0.5 * n).expect("positive parameters");
    loop {
        let z = shares.sample(rng);
        let gap = 2.0 * b * z / (1.0 - (1.0 - b) * z);
        // (1 − x₀ w) / (1 − x₀²)
        let x0 = (1.0 - b) / (1.0 + b);
        let ratio = (gap_of_mode + x0 * gap) / (gap_of_mode * (1.0 + x0));
        let accept = kappa * (gap_of_mode - gap) + n * ratio.ln();
        if accept >= uniform(rng).ln() {
            return (1.0 - gap, (gap * (2.0 - gap)).sqrt());
        }
    }
}

impl<N: Dim, E: Real, T: Record<E>> KlTo<SphericalUniform, E, T> for VonMisesFisher<N, E, T> {
    /// κ A(κ) − h(κ), for any μ.
    fn kl_to(&self, _: &SphericalUniform) -> PerExample<E, T> {
        let dimension = self.dimension();
        formula([self.concentration.clone()], move |[kappa]| {
            divergence(dimension, kappa)
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> KlTo<Self, E, T> for VonMisesFisher<N, E, T> {
    /// ½ A(κ₁) κ₂ ‖μ₁ − μ₂‖² + h(κ₂) − h(κ₁) − A(κ₁) (κ₂ − κ₁): the second part is never negative, as h is convex.
    fn kl_to(&self, q: &Self) -> PerExample<E, T> {
        let dimension = self.dimension();
        let square = sum_formula([self.loc.clone(), q.loc.clone()], |[x, y]| (x - y).square());
        formula(
            [square, self.concentration.clone(), q.concentration.clone()],
            move |[square, kappa1, kappa2]| {
                let l = langevin(dimension, kappa1);
                let mean = kappa1.chain(E::of(l.mean), E::of(l.slope));
                0.5 * mean * kappa2 * square + bregman(dimension, kappa1, kappa2)
            },
        )
    }
}

/// h(κ₂) − h(κ₁) − h′(κ₁) (κ₂ − κ₁)
fn bregman<E: Real, const K: usize>(
    dimension: usize,
    kappa1: Dual<E, K>,
    kappa2: Dual<E, K>,
) -> Dual<E, K> {
    let (from, to) = (kappa1.value.as_f64(), kappa2.value.as_f64());
    let step = to - from;
    let (l1, l2) = (langevin(dimension, kappa1), langevin(dimension, kappa2));
    let middle = 0.5 * (from + to);
    // Close to each other, as the integral of h″ times the distance from κ₂; h″ is smooth on the scale of N + κ.
    let (value, growth) = if step.abs() < 0.5 * middle.hypot(0.5 * dimension as f64 + 1.0) {
        GAUSS.iter().fold((0.0, 0.0), |(value, growth), (x, w)| {
            [*x, -x].iter().fold((value, growth), |(value, growth), x| {
                let slope = Langevin::new(dimension, middle + 0.5 * step * x).slope;
                let share = 0.5 * w * slope * step;
                (value + share * 0.5 * step * (1.0 - x), growth + share)
            })
        })
    } else {
        let value = l1.gap - l2.gap + l1.complement * step;
        (value, l1.complement - l2.complement)
    };
    let derivatives = [-l1.slope * step, growth].map(E::of);
    kappa1.chain_with(kappa2, E::of(value), derivatives)
}

/// The nodes and weights of Gauss and Legendre on [−1, 1], of 8 points, on one side.
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use vae_testkit::{assert_ks, integrate};

    #[test]
    fn parameters_are_checked() {
        let loc = |x: [f64; 2]| Cpu::default().tensor_from_vec(x.to_vec(), (1, 2));
        let kappa = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1,));
        assert!(VonMisesFisher::new(loc([0.6, 0.8]), kappa(1.0)).is_ok());
        assert!(VonMisesFisher::new(loc([0.6, 0.8]), kappa(-1.0)).is_err());
        let error = VonMisesFisher::new(loc([1.0, 1.0]), kappa(1.0)).expect_err("not of norm 1");
        let start = "VonMisesFisher: the norm of loc has to be 1, but";
        assert!(error.to_string().starts_with(start), "{error}");
    }

    /// The angle θ between x and μ has a density ∝ exp(κ cos θ) sin^(N − 2) θ, and x is as often on one side of μ as on the
    /// other.
    #[test]
    fn draws_in_any_dimension_follow_the_density() {
        const DRAWS: usize = 50_000;
        let mut rng = StdRng::seed_from_u64(2);
        for (n, kappa) in [
            (2, 0.0),
            (2, 3.0),
            (3, 1e6),
            (10, 0.0),
            (10, 30.0),
            (200, 1e4),
        ] {
            let (mu, across) = ([0.6, 0.8], [-0.8, 0.6]);
            let loc: Vec<f64> = (0..n).map(|i| mu.get(i).copied().unwrap_or(0.0)).collect();
            let p = VonMisesFisher::<usize, f64> {
                loc: Cpu::default().tensor_from_vec(loc.repeat(DRAWS), (DRAWS, n)),
                concentration: Cpu::default().tensor_from_vec(vec![kappa; DRAWS], (DRAWS,)),
            };
            let x = p.sample(&mut rng);
            let mut angles: Vec<f64> = (as_slice(&x).chunks(n))
                .map(|x| {
                    let norm: f64 = x.iter().map(|x| x * x).sum();
                    assert!((norm - 1.0).abs() < 1e-12, "{x:?}");
                    let chord: f64 = x.iter().zip(&loc).map(|(x, m)| (x - m).powi(2)).sum();
                    2.0 * (0.5 * chord.sqrt()).min(1.0).asin()
                })
                .collect();
            angles.sort_by(f64::total_cmp);
            let middle = angles[DRAWS / 2];
            let log_density = |t: f64| {
                let peak = -2.0 * kappa * (0.5 * t).sin().powi(2);
                peak + (n as f64 - 2.0) * t.sin().ln()
            };
            let density = |t: &[f64]| -> Vec<f64> {
                let log_densities = t.iter().map(|t| log_density(*t) - log_density(middle));
                log_densities.map(f64::exp).collect()
            };
            let total = integrate(&[0.0, middle, std::f64::consts::PI], density);
            // By quadrature at every hundredth draw, which is enough to see any difference.
            let some: Vec<f64> = angles.iter().step_by(100).copied().collect();
            assert_ks(&some, |t| {
                integrate(&[0.0, t.min(middle), t], density) / total
            });
            let side = |x: &&[f64]| x[0] * across[0] + x[1] * across[1] > 0.0;
            let share = as_slice(&x).chunks(n).filter(side).count() as f64 / DRAWS as f64;
            assert!((share - 0.5).abs() < 2.0 / (DRAWS as f64).sqrt(), "{share}");
        }
    }
}
