//! Every objective and its gradients against PyTorch, from the formulas of the papers (golden/objectives.py), on a linear model.

use dfdx::prelude::{BuildModule, Const, Cpu, PutTape, TensorFromVec};
use std::fmt::Write;
use vae_architectures::{BernoulliDecoder, GaussianEncoder, Unchanged, Vae};
use vae_distributions::Normal;
use vae_losses::*;
use vae_ops::{Batch, GradTape, as_mut_slice, as_slice, backward};
use vae_priors::{Prior, StandardNormal};
use vae_reparam::{Ciwae, Iwae, Miwae, Noise, Parameters, Pathwise, Piwae, Renyi, Rsample, VrMax};
use vae_testkit::assert_close;

type X = Const<6>;
type Z = Const<3>;
type Model = Vae<
    GaussianEncoder<Unchanged<X>, Z, f64>,
    BernoulliDecoder<Unchanged<Z>, X, f64>,
    StandardNormal<Z>,
>;

const BATCH: usize = 7;
const SAMPLES: usize = 6;

fn noise() -> Noise {
    Noise::new(2, "latent")
}

/// The script's A, B and C, transposed as a layer has them.
fn model() -> Model {
    let mut model = Model::build(&Cpu::seed_from_u64(0));
    let fill = |weight: &mut [f64], rows: usize, columns: usize, phase: f64| {
        for i in 0..rows {
            for j in 0..columns {
                weight[j * rows + i] = 1.5 * (0.97 * (i * columns + j) as f64 + phase).sin();
            }
        }
    };
    fill(as_mut_slice(&mut model.encoder.mean.weight), 6, 3, 0.0);
    fill(as_mut_slice(&mut model.encoder.log_var.weight), 6, 3, 1.0);
    fill(as_mut_slice(&mut model.decoder.logits.weight), 3, 6, 2.0);
    model
}

/// Loss, and gradients in A, B and C.
fn values(objective: &impl Objective<f64>) -> Vec<f64> {
    let pixel = |i: usize| f64::from(i * 37 % 11 < 4);
    let pixels = (0..BATCH * 6).map(pixel).collect();
    let x: Batch<X, f64> = Cpu::default().tensor_from_vec(pixels, (BATCH, Const));
    let model = model();
    let terms = objective.evaluate(&model, x.put_tape(GradTape::for_data()), noise());
    let mut values = vec![as_slice(&terms.loss)[0]];
    let gradients = backward(terms.loss, 1.0);
    let mut add = |gradient: Vec<f64>, rows: usize, columns: usize| {
        let transposed = (0..rows * columns).map(|k| gradient[k % columns * rows + k / columns]);
        values.extend(transposed);
    };
    add(gradients.get(&model.encoder.mean.weight).as_vec(), 6, 3);
    add(gradients.get(&model.encoder.log_var.weight).as_vec(), 6, 3);
    add(gradients.get(&model.decoder.logits.weight).as_vec(), 3, 6);
    values
}

#[track_caller]
fn check(name: &str, objective: &impl Objective<f64>) {
    let golden = include_str!("golden/objectives.csv").lines();
    let mut golden = golden.filter_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    let expected = golden.next().expect("a line of the name").split(',');
    let expected: Vec<f64> = expected.map(|x| x.parse().unwrap()).collect();
    let found = values(objective);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_close(*found, expected, 1e-11);
    }
}

/// What the script reads is what is drawn here: `UPDATE_GOLDEN=1` writes it.
#[test]
fn noise_is_that_of_the_script() {
    let zeros: Batch<Z, f64> = Cpu::default().tensor_from_vec(vec![0.0; BATCH * 3], (BATCH, Const));
    let standard = Normal {
        mean: zeros.clone(),
        log_var: zeros,
    };
    let streams = [
        ("one", standard.rsample(noise())),
        ("several", standard.repeat(SAMPLES).rsample(noise())),
        (
            "prior",
            StandardNormal::<Z>::default().sample(BATCH, noise().stream("prior")),
        ),
    ];
    let mut text = String::new();
    for (name, values) in streams {
        text += name;
        for value in as_slice(&values) {
            write!(text, ",{value:?}").unwrap();
        }
        text += "\n";
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/noise.csv");
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, include_str!("golden/noise.csv"));
}

#[test]
fn objectives_of_one_sample() {
    let (nats, groups) = (1.4, Groups::EachDimension);
    let of: &'static [usize] = &[1, 2];
    check("elbo", &Elbo { beta: 4.0 });
    check(
        "capacity",
        &Capacity {
            gamma: 3.0,
            nats: 1.5,
        },
    );
    check("free_bits_each", &FreeBits { nats, groups });
    let (nats, groups) = (2.0, Groups::Of(of));
    check("free_bits_groups", &FreeBits { nats, groups });
    check("kl_balancing", &KlBalancing { beta: 0.6, groups });
    let (nats, groups) = (5.0, Groups::Whole);
    check("free_bits_whole", &FreeBits { nats, groups });
    let mut geco = Geco::new(3.0);
    geco.multiplier = 2.5;
    check("geco", &geco);
}

#[test]
fn objectives_of_the_whole_batch() {
    let tc = |weighting| BetaTc {
        alpha: 0.3,
        beta: 6.0,
        gamma: 1.7,
        examples: 50,
        weighting,
    };
    check("beta_tc_minibatch", &tc(Weighting::Minibatch));
    check("beta_tc_stratified", &tc(Weighting::Stratified));
    let dip = |covariance| DipVae {
        covariance,
        off_diagonal: 5.0,
        diagonal: 3.0,
    };
    check("dip_vae_1", &dip(Covariance::OfMeans));
    check("dip_vae_2", &dip(Covariance::OfSamples));
    let info = InfoVae {
        alpha: 0.4,
        lambda: 20.0,
        kernel: Kernel::Rbf { scale: 0.7 },
    };
    check("info_vae", &info);
    let kernel = Kernel::InverseMultiquadric { scale: 1.3 };
    check("wae", &InfoVae::wasserstein(10.0, kernel));
}

#[test]
fn bounds_of_several_samples() {
    fn weighted<B>(bound: B) -> ImportanceWeighted<B> {
        ImportanceWeighted {
            bound,
            samples: SAMPLES,
            estimator: Pathwise,
        }
    }
    check("iwae", &weighted(Iwae));
    check("miwae", &weighted(Miwae { groups: 2 }));
    check("piwae", &weighted(Piwae { groups: 2 }));
    check("ciwae", &weighted(Ciwae { beta: 0.3 }));
    check("renyi", &weighted(Renyi { alpha: 0.4 }));
    check("vr_max", &weighted(VrMax));
}
