//! What is said of a code, against codes of which everything is known: z = x + noise, for Gaussian x.

use dfdx::prelude::{Const, Cpu, TensorFromVec};
use vae_architectures::{ConditionalNormal, Linear, Unchanged, Vae};
use vae_losses::Examples;
use vae_metrics::{CodeUsage, Information, code_usage};
use vae_ops::Identity;
use vae_priors::StandardNormal;
use vae_reparam::Noise;
use vae_testkit::assert_close;

type Z = Const<2>;

type Coder = ConditionalNormal<Unchanged<Z>, Linear<Z, Z, Identity, f64>>;

/// N(diag(scale) x, diag variance)
fn coder(scale: [f64; 2], variance: [f64; 2]) -> Coder {
    let head = |weight: Vec<f64>, bias: [f64; 2]| Linear {
        weight: Cpu::default().tensor_from_vec(weight, (Const, Const)),
        bias: Cpu::default().tensor_from_vec(bias.to_vec(), (Const,)),
        activation: Identity,
    };
    ConditionalNormal {
        body: Unchanged::default(),
        mean: head(vec![scale[0], 0.0, 0.0, scale[1]], [0.0; 2]),
        log_var: head(vec![0.0; 4], variance.map(f64::ln)),
    }
}

/// So many draws from N(0, I).
struct Points(Vec<f64>);

impl Points {
    fn new(count: usize) -> Self {
        let mut e = vec![0.0; 2 * count];
        Noise::new(1, "points").fill_normal(&mut e);
        Self(e)
    }
}

impl Examples<f64> for Points {
    fn len(&self) -> usize {
        self.0.len() / 2
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f64> {
        let row = |row: &usize| [self.0[2 * row], self.0[2 * row + 1]];
        rows.iter().flat_map(row).collect()
    }
}

fn usage(scale: [f64; 2], variance: [f64; 2]) -> CodeUsage {
    let model = Vae {
        encoder: coder(scale, variance),
        decoder: coder([1.0; 2], [1.0; 2]),
        prior: StandardNormal::<Z>::default(),
    };
    code_usage(&model, &Points::new(3000), Noise::new(2, "code"))
}

/// z₁ of variance 1 of which 0.9 come from x, z₂ from the prior: no gap.
#[test]
fn a_dimension_that_is_used_beside_one_that_is_not() {
    let usage = usage([0.9f64.sqrt(), 0.0], [0.1, 1.0]);
    assert_eq!((usage.dimensions, usage.active), (2, 1));
    let by_dimension = usage.kl_by_dimension.clone().unwrap();
    assert_close(by_dimension.iter().sum(), usage.kl, 1e-12);
    assert_eq!(by_dimension[1], 0.0);
    let rate = 0.5 * 10f64.ln();
    assert!((usage.kl - rate).abs() < 0.03, "{}", usage.kl);
    let Information { mutual, limit, gap } = usage.information.unwrap();
    assert_close(limit, 3000f64.ln(), 1e-12);
    assert_close(mutual + gap, usage.kl, 1e-12);
    assert!((mutual - rate).abs() < 0.04, "{mutual}, not {rate}");
    let findings = usage.findings(Some(1.0));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0].starts_with("1 of 2 dimensions are used"),
        "{findings:?}"
    );
}

/// Codes of variance 4 + 0.25 for a prior of variance 1.
#[test]
fn codes_far_from_the_prior_have_a_gap() {
    let usage = usage([2.0; 2], [0.25; 2]);
    let mutual = (4.25f64 / 0.25).ln();
    let gap = 4.25 - 1.0 - 4.25f64.ln();
    let found = usage.information.unwrap();
    assert!(
        (found.mutual - mutual).abs() < 0.1,
        "{found:?}, not {mutual}"
    );
    assert!((found.gap - gap).abs() < 0.15, "{found:?}, not {gap}");
    let findings = usage.findings(None);
    assert!(
        findings.iter().any(|f| f.contains("far from the prior")),
        "{findings:?}"
    );
}

#[test]
fn a_collapse_is_called_one() {
    let usage = usage([0.0; 2], [1.0; 2]);
    assert_eq!((usage.kl, usage.active), (0.0, 0));
    assert!(usage.information.unwrap().mutual.abs() < 1e-9);
    let findings = usage.findings(Some(8.0));
    assert!(findings[0].contains("collapsed"), "{findings:?}");
    assert!(findings[1].contains("β = 8.000"), "{findings:?}");
}

/// Where every code is unmistakable, the estimate says no more than how many there are.
#[test]
fn the_estimate_knows_its_limit() {
    let usage = usage([1.0; 2], [1e-8; 2]);
    let Information { mutual, limit, .. } = usage.information.unwrap();
    assert!(mutual <= limit && mutual > limit - 0.1, "{mutual}, {limit}");
    let findings = usage.findings(None);
    assert!(
        findings.iter().any(|f| f.contains("at its limit")),
        "{findings:?}"
    );
}
