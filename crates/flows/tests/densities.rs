//! Flows fitted to densities in the plane by maximum likelihood come close to their entropies, and not below.

mod toys;

use dfdx::prelude::{BuildModule, Const, Cpu};
use toys::fit::{Z, cross_entropy, estimate, fit};
use toys::{CHECKERBOARD, MOONS, PINWHEEL, RINGS, Toy};
use vae_flows::{Chain, Flow, Maf, NeuralSpline, Reverse};
use vae_reparam::Noise;
use vae_testkit::assert_close;

type H = Const<64>;

/// What a fit loses against the truth is KL(truth ‖ flow) ≥ 0.
#[track_caller]
fn check<F>(toy: Toy, most: f64)
where
    F: Flow<f32, Event = Z, Context = Const<0>> + BuildModule<Cpu, f32>,
{
    let [cross_entropy, error] = cross_entropy(&fit::<F>(toy, 1500), toy);
    let (name, entropy) = (toy.name, toy.entropy());
    let excess = cross_entropy - entropy;
    assert!(
        -4.0 * error < excess && excess < most,
        "{name}: {cross_entropy} ± {error} against an entropy of {entropy}"
    );
}

type Splines = Chain<(NeuralSpline<Z, H>, Reverse<Z>), 4>;
type Mafs = Chain<(Maf<Z, H>, Reverse<Z>), 5>;

#[test]
fn splines_on_a_checkerboard() {
    check::<Splines>(CHECKERBOARD, 0.1);
}

#[test]
fn splines_on_rings() {
    check::<Splines>(RINGS, 0.1);
}

#[test]
fn masked_autoregressive_flows_on_moons() {
    check::<Mafs>(MOONS, 0.1);
}

#[test]
fn splines_on_a_pinwheel() {
    check::<Splines>(PINWHEEL, 0.1);
}

/// The entropies are those of the points: p integrates to 1 and gives them −∫ p ln p on average.
#[test]
fn densities_are_those_of_the_points() {
    for toy in [CHECKERBOARD, RINGS, MOONS, PINWHEEL] {
        assert_close(toy.integral(|p| p), 1.0, 1e-7);
        let points = toy.points(20_000, Noise::new(0, "density"));
        let [mean, error] = estimate(points.map(|x| -(toy.density)(x).ln()));
        let (name, entropy) = (toy.name, toy.entropy());
        assert!(
            (mean - entropy).abs() <= 4.0 * error + 1e-12,
            "{name}: {mean} ± {error} against an entropy of {entropy}"
        );
    }
    assert_close(CHECKERBOARD.entropy(), 8f64.ln(), 1e-12);
}
