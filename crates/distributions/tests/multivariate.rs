//! Distributions whose elements depend on each other, mixtures, and divergences other than KL.

use dfdx::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::f64::consts::{PI, TAU};
use vae_distributions::*;
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::{Batch, Dual, GradTape, PerExample, Real, Record, as_slice, formula};
use vae_ops::{backward, batch_mean};
use vae_testkit::{assert_close, assert_grad, assert_ks};

fn batch<E: Real>(rows: &[&[f64]]) -> Batch<usize, E> {
    let values = rows.concat().into_iter().map(E::of).collect();
    Cpu::default().tensor_from_vec(values, (rows.len(), rows[0].len()))
}

fn value<E: Real>(t: PerExample<E>) -> f64 {
    as_slice(&t)[0].as_f64()
}

/// Well-spread numbers in [−1, 1].
fn spread(seed: usize, i: usize) -> f64 {
    2.0 * ((i + 1) as f64 * 0.754_877_666_246_693 + seed as f64 * 0.569_840_290_998_053).fract()
        - 1.0
}

fn vector<E: Real>(seed: usize, n: usize) -> Batch<usize, E> {
    batch(&[&(0..n).map(|i| spread(seed, i)).collect::<Vec<_>>()])
}

fn normal<E: Real>(seed: usize, n: usize) -> Normal<usize, E> {
    Normal {
        mean: vector(seed, n),
        log_var: vector(seed + 1, n),
    }
}

fn low_rank<E: Real>(seed: usize, n: usize, rank: usize) -> LowRankNormal<usize, usize, E> {
    LowRankNormal {
        mean: vector(seed, n),
        factor: vector(seed + 2, n * rank).reshape_like(&(1, n, rank)),
        log_diagonal: vector(seed + 1, n),
    }
}

fn full<E: Real>(seed: usize, n: usize) -> MultivariateNormal<usize, E> {
    let scale_tril = vector(seed + 3, n * n).reshape_like(&(1, n, n));
    MultivariateNormal {
        mean: vector(seed, n),
        scale_tril: positive_diagonal(scale_tril),
    }
}

fn positive_diagonal<E: Real, T: Record<E>>(
    a: Tensor<(usize, usize, usize), E, Cpu, T>,
) -> Tensor<(usize, usize, usize), E, Cpu, T> {
    let shape = *a.shape();
    matrix_formula([a.into()], shape, |[a]| {
        a.masked(|i, j| i != j) + a.map(|a| (0.5 * a).exp()).masked(|i, j| i == j)
    })
}

mod dense {
    //! Textbook formulas, by Gauss–Jordan elimination.
    pub type Dense = Vec<Vec<f64>>;

    pub fn inverse_and_log_det(mut a: Dense) -> (Dense, f64) {
        let n = a.len();
        let mut inverse: Dense = (0..n)
            .map(|i| (0..n).map(|j| f64::from(i == j)).collect())
            .collect();
        let mut log_det = 0.0;
        for k in 0..n {
            let pivot = a[k][k];
            log_det += pivot.ln();
            for j in 0..n {
                a[k][j] /= pivot;
                inverse[k][j] /= pivot;
            }
            for i in (0..n).filter(|i| *i != k) {
                let factor = a[i][k];
                for j in 0..n {
                    a[i][j] -= factor * a[k][j];
                    inverse[i][j] -= factor * inverse[k][j];
                }
            }
        }
        (inverse, log_det)
    }

    pub fn square(precision: &Dense, d: &[f64]) -> f64 {
        let row = |p: &Vec<f64>| p.iter().zip(d).map(|(p, d)| p * d).sum::<f64>();
        precision.iter().zip(d).map(|(p, d)| d * row(p)).sum()
    }

    pub fn kl((m1, s1): &(Vec<f64>, Dense), (m2, s2): &(Vec<f64>, Dense)) -> f64 {
        let n = m1.len();
        let (p2, log_det2) = inverse_and_log_det(s2.clone());
        let (_, log_det1) = inverse_and_log_det(s1.clone());
        let trace: f64 = (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .map(|(i, j)| p2[i][j] * s1[j][i])
            .sum();
        let d: Vec<f64> = m1.iter().zip(m2).map(|(a, b)| a - b).collect();
        0.5 * (trace + square(&p2, &d) - n as f64 + log_det2 - log_det1)
    }
}

fn dense_rows(covariance: Tensor<(usize, usize, usize), f64, Cpu>) -> dense::Dense {
    let n = covariance.shape().1;
    as_slice(&covariance)
        .chunks(n)
        .map(<[f64]>::to_vec)
        .collect()
}

fn dense_of_full(p: &MultivariateNormal<usize, f64>) -> (Vec<f64>, dense::Dense) {
    (p.mean.as_vec(), dense_rows(p.covariance()))
}

fn dense_of_low_rank(p: &LowRankNormal<usize, usize, f64>) -> (Vec<f64>, dense::Dense) {
    (p.mean.as_vec(), dense_rows(p.covariance()))
}

fn dense_of_normal(p: &Normal<usize, f64>) -> (Vec<f64>, dense::Dense) {
    let variance = p.variance().as_vec();
    let row = |i| {
        (0..variance.len())
            .map(|j| if i == j { variance[i] } else { 0.0 })
            .collect()
    };
    (p.mean.as_vec(), (0..variance.len()).map(row).collect())
}

fn dense_log_prob((mean, covariance): &(Vec<f64>, dense::Dense), x: &[f64]) -> f64 {
    let (precision, log_det) = dense::inverse_and_log_det(covariance.clone());
    let d: Vec<f64> = x.iter().zip(mean).map(|(a, b)| a - b).collect();
    -0.5 * (dense::square(&precision, &d) + log_det + TAU.ln() * x.len() as f64)
}

#[test]
fn normals_of_any_covariance_follow_the_dense_formulas() {
    for (n, rank) in [(1, 1), (2, 1), (3, 5), (7, 3)] {
        let x = vector::<f64>(9, n);
        let (f, l) = (full(1, n), low_rank(1, n, rank));
        let (dense_f, dense_l) = (dense_of_full(&f), dense_of_low_rank(&l));
        for (log_prob, dense) in [(f.log_prob(&x), &dense_f), (l.log_prob(&x), &dense_l)] {
            assert_close(value(log_prob), dense_log_prob(dense, &x.as_vec()), 1e-12);
        }
        for (entropy, variance, dense) in [
            (f.entropy(), f.variance(), dense_f),
            (l.entropy(), l.variance(), dense_l),
        ] {
            // The entropy is −E ln p, and ln p at the mean lacks E of half a χ² variable of n degrees.
            let expected = 0.5 * n as f64 - dense_log_prob(&dense, &dense.0);
            assert_close(value(entropy), expected, 1e-12);
            for (i, variance) in variance.as_vec().into_iter().enumerate() {
                assert_close(variance, dense.1[i][i], 1e-14);
            }
        }
    }
}

#[test]
fn parameters_are_checked() {
    let p = full::<f64>(1, 2);
    let negative = Cpu::default().tensor_from_vec(vec![1.0, 0.0, 0.0, -2.0], (1, 2, 2));
    let error = MultivariateNormal::new(p.mean.clone(), negative).expect_err("a negative diagonal");
    assert_eq!(
        error.to_string(),
        "MultivariateNormal: the diagonal of scale_tril has to be finite and above 0, but its element 1 is -2"
    );
    assert!(MultivariateNormal::new(p.mean, p.scale_tril).is_ok());
    let l = low_rank::<f64>(1, 2, 1);
    assert!(
        LowRankNormal::new(l.mean.clone(), l.factor.clone() * f64::NAN, l.mean.clone()).is_err()
    );
    let kappa = Cpu::default().tensor_from_vec(vec![1.0], (1,));
    let error =
        VonMisesFisher::new(batch(&[&[1.0, 1.0]]), kappa.clone()).expect_err("not of norm 1");
    assert!(
        error
            .to_string()
            .starts_with("VonMisesFisher: the norm of loc has to be 1, but")
    );
    assert!(VonMisesFisher::new(batch(&[&[0.6, 0.8]]), kappa.clone() * -1.0).is_err());
    assert!(VonMisesFisher::new(batch(&[&[0.6, 0.8]]), kappa).is_ok());
    assert!(Mixture::new(batch::<f64>(&[&[f64::NAN]]), vec![normal::<f64>(1, 2)]).is_err());
}

/// Every KL of a diagonal, a full and two low-rank distributions, and of each to the standard one.
fn divergences<N: Dim, R1: Dim, R2: Dim, E: Real, T: Record<E>>(
    [d1, d2]: [Normal<N, E, T>; 2],
    [f1, f2]: [MultivariateNormal<N, E, T>; 2],
    l1: LowRankNormal<N, R1, E, T>,
    l2: LowRankNormal<N, R2, E, T>,
) -> [PerExample<E, T>; 11] {
    [
        d1.kl_to(&d2),
        d1.kl_to(&f2),
        d1.kl_to(&l2),
        f1.kl_to(&d2),
        f1.kl_to(&f2),
        f1.kl_to(&l2),
        l1.kl_to(&d2),
        l1.kl_to(&f2),
        l1.kl_to(&l2),
        f1.kl_to(&StandardNormal),
        l1.kl_to(&StandardNormal),
    ]
}

#[test]
fn kl_of_normals_of_any_covariance_follows_the_dense_formula() {
    for (n, rank1, rank2) in [(1, 1, 2), (2, 1, 1), (3, 5, 2), (7, 3, 4)] {
        let (d, f) = ([normal(1, n), normal(2, n)], [full(1, n), full(2, n)]);
        let (l1, l2) = (low_rank::<f64>(1, n, rank1), low_rank(2, n, rank2));
        let p = [
            dense_of_normal(&d[0]),
            dense_of_full(&f[0]),
            dense_of_low_rank(&l1),
        ];
        let q = [
            dense_of_normal(&d[1]),
            dense_of_full(&f[1]),
            dense_of_low_rank(&l2),
        ];
        let zeros = vector::<f64>(0, n) * 0.0;
        let standard = dense_of_normal(&Normal {
            mean: zeros.clone(),
            log_var: zeros,
        });
        let pairs = p.iter().flat_map(|p| q.iter().map(move |q| (p, q)));
        let pairs = pairs.chain([(&p[1], &standard), (&p[2], &standard)]);
        for (kl, (p, q)) in divergences(d, f, l1, l2).into_iter().zip(pairs) {
            assert_close(value(kl), dense::kl(p, q), 1e-12);
        }
    }
}

#[test]
fn kl_vanishes_at_equality_and_keeps_its_digits_close_to_it() {
    fn at<E: Real>(step: f64) -> [f64; 11] {
        let n = 5;
        let moved = |seed, x: Batch<usize, E>| {
            let by = vector::<E>(seed, x.shape().1);
            formula([x, by], move |[x, by]| x + step * by)
        };
        let d = normal::<E>(1, n);
        let shifted = |seed, p: &Normal<usize, E>| Normal {
            mean: moved(seed, p.mean.clone()),
            log_var: moved(seed + 1, p.log_var.clone()),
        };
        let d2 = shifted(4, &d);
        let as_full = |p: &Normal<usize, E>, step: f64| {
            let log_var = p.log_var.clone();
            let off = vector::<E>(6, n * n).reshape_like(&(1, n, n));
            MultivariateNormal {
                mean: p.mean.clone(),
                scale_tril: matrix_formula(
                    [log_var.into(), off.into()],
                    (1, n, n),
                    move |[v, off]| {
                        Matrix::each([v.identity(n), v], |[one, v]| one * (0.5 * v).exp())
                            + step * off.masked(|i, j| i > j)
                    },
                ),
            }
        };
        let as_low_rank = |p: &Normal<usize, E>, step: f64| {
            let l = low_rank::<E>(1, n, 2);
            let w = moved(7, l.factor.clone().reshape_like(&(1, n * 2)));
            LowRankNormal {
                mean: p.mean.clone(),
                factor: if step == 0.0 {
                    l.factor
                } else {
                    w.reshape_like(&(1, n, 2))
                },
                log_diagonal: p.log_var.clone(),
            }
        };
        let empty = |p: &Normal<usize, E>| LowRankNormal {
            mean: p.mean.clone(),
            factor: Cpu::default().tensor_from_vec(vec![E::zero(); n], (1, n, 1)),
            log_diagonal: p.log_var.clone(),
        };
        let (f1, f2) = (as_full(&d, 0.0), as_full(&d2, step));
        let (l1, l2) = (as_low_rank(&d, 0.0), as_low_rank(&d2, step));
        [
            value(d.kl_to(&d2)),
            value(d.kl_to(&f2)),
            value(d.kl_to(&empty(&d2))),
            value(f1.kl_to(&d2)),
            value(f1.kl_to(&f2)),
            value(f2.kl_to(&f1)),
            value(empty(&d).kl_to(&d2)),
            value(l1.kl_to(&l2)),
            value(l2.kl_to(&l1)),
            value(empty(&d).kl_to(&f2)),
            value(f2.kl_to(&empty(&d))),
        ]
    }
    assert_eq!(at::<f32>(0.0), [0.0; 11]);
    assert_eq!(at::<f64>(0.0), [0.0; 11]);
    for (small, large) in at::<f64>(1e-7).into_iter().zip(at::<f64>(1e-4)) {
        assert!(
            (small / 1e-14) / (large / 1e-8) - 1.0 < 2e-3,
            "{small} and {large}"
        );
        assert!(
            1.0 - (small / 1e-14) / (large / 1e-8) < 2e-3,
            "{small} and {large}"
        );
    }
}

#[test]
fn covariances_in_single_precision_follow_double() {
    let (n, rank) = (6, 3);
    let both = |step: f64| {
        let l = low_rank::<f64>(1, n, rank);
        // 100 times as wide along W as across.
        let wide = formula([l.factor.clone()], move |[w]| step * w);
        let single = LowRankNormal {
            mean: vector::<f32>(1, n),
            factor: Cpu::default().tensor_from_vec(
                wide.as_vec().iter().map(|w| *w as f32).collect(),
                (1, n, rank),
            ),
            log_diagonal: vector(2, n),
        };
        (single, LowRankNormal { factor: wide, ..l })
    };
    let (single, double) = both(100.0);
    let x = vector::<f64>(8, n);
    assert_close(
        value(single.log_prob(&vector(8, n))),
        value(double.log_prob(&x)),
        1e-5,
    );
    assert_close(value(single.entropy()), value(double.entropy()), 1e-6);
    assert_close(
        value(single.kl_to(&StandardNormal)),
        value(double.kl_to(&StandardNormal)),
        1e-5,
    );
}

type Taped = GradTape<f64>;

fn taped_full(
    x: &vae_testkit::Matrix,
    seed: usize,
) -> Tensor<(usize, usize, usize), f64, Cpu, Taped> {
    let (rows, n) = *x.shape();
    positive_diagonal(matrix_formula(
        [x.clone().into()],
        (rows, n, n),
        move |[x]| {
            // Every element a function of two of x, and no two the same.
            let frequency = 1.0 + 0.1 * seed as f64;
            Matrix::each([x, x.transpose()], move |[a, b]| {
                0.3 * (frequency * a + 1.7 * b).sin()
            })
        },
    ))
}

fn taped_factor(x: &vae_testkit::Matrix) -> Tensor<(usize, usize, Const<2>), f64, Cpu, Taped> {
    let (rows, n) = *x.shape();
    matrix_formula([x.clone().into()], (rows, n, Const), |[x]| {
        x.map(|x| (2.0 * x).sin())
            .transpose()
            .over(x.transpose())
            .transpose()
    })
}

/// The sum of all, each with a weight of its own.
fn total<const K: usize>(terms: [PerExample<f64, Taped>; K]) -> PerExample<f64, Taped> {
    let mut weight = 0.3;
    let terms = terms.into_iter().map(|t| {
        weight += 0.17;
        let weight = weight;
        formula([t], move |[t]| weight * t)
    });
    let sum = |a, b| formula([a, b], |[a, b]| a + b);
    terms.reduce(sum).expect("a term")
}

/// The first elements of an event: what grows with its cube is slow for many.
fn first(x: vae_testkit::Matrix) -> vae_testkit::Matrix {
    let (rows, n) = *x.shape();
    matrix_formula([x.into()], (rows, n.min(3)), |[x]| {
        let [n, _] = x.shape();
        // (1 0 …) above (0 1 …): the identity, cut off.
        let select = x.constant([n.min(3), n], 1.0).masked(|i, j| i == j);
        select * x
    })
}

#[test]
fn gradients_of_normals_of_any_covariance() {
    assert_grad(-1.0..1.0, |inputs| {
        let [x, mean, a] = inputs.map(first);
        let scale_tril = taped_full(&a, 0);
        let p = MultivariateNormal { mean, scale_tril };
        total([p.log_prob(&x), p.entropy()])
    });
    assert_grad(-1.0..1.0, |inputs| {
        let [x, mean, w, log_diagonal] = inputs.map(first);
        let factor = taped_factor(&w);
        let p = LowRankNormal {
            mean,
            factor,
            log_diagonal,
        };
        total([p.log_prob(&x), p.entropy()])
    });
    assert_grad(-1.0..1.0, |inputs| {
        let [mean, a] = inputs.map(first);
        let scale_tril = taped_full(&a, 0);
        let p = MultivariateNormal { mean, scale_tril };
        formula([p.mean(), p.variance()], |[m, v]| m * v)
    });
    assert_grad(-1.0..1.0, |inputs| {
        let [mean, a] = inputs.map(first);
        let scale_tril = taped_full(&a, 0);
        MultivariateNormal { mean, scale_tril }.covariance()
    });
    assert_grad(-1.0..1.0, |inputs| {
        let [mean, w, log_diagonal] = inputs.map(first);
        let factor = taped_factor(&w);
        let p = LowRankNormal {
            mean,
            factor,
            log_diagonal,
        };
        formula([p.mean(), p.variance()], |[m, v]| m * v)
    });
    assert_grad(-1.0..1.0, |inputs| {
        let [mean, w, log_diagonal] = inputs.map(first);
        let factor = taped_factor(&w);
        LowRankNormal {
            mean,
            factor,
            log_diagonal,
        }
        .covariance()
    });
}

#[test]
fn gradients_of_their_kl() {
    assert_grad(-1.0..1.0, |inputs| {
        let [m1, a1, m2, a2] = inputs.map(first);
        let d = [(&m1, &a1), (&m2, &a2)].map(|(mean, v)| Normal {
            mean: mean.clone(),
            log_var: v.clone(),
        });
        let f = [(&m1, &a1), (&m2, &a2)].map(|(mean, a)| MultivariateNormal {
            mean: mean.clone(),
            scale_tril: taped_full(a, 1),
        });
        let [l1, l2] = [(&m1, &a1), (&m2, &a2)].map(|(mean, w)| LowRankNormal {
            mean: mean.clone(),
            factor: taped_factor(w),
            log_diagonal: w.clone(),
        });
        total(divergences(d, f, l1, l2))
    });
}

/// The gradient of a number in a parameter is finite.
fn assert_finite_gradient<S: Shape>(
    parameter: &Tensor<S, f64, Cpu>,
    f: impl FnOnce(Tensor<S, f64, Cpu, Taped>) -> PerExample<f64, Taped>,
) {
    let out = f(parameter.clone().put_tape(GradTape::new()));
    assert!(!value(out.retaped::<NoneTape>()).is_nan());
    let gradients = backward(batch_mean(out), 1.0);
    let gradient = gradients.get(parameter).as_vec();
    assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
}

#[test]
fn extreme_covariances_give_finite_values_and_gradients() {
    let n = 4;
    for scale in [-50.0, 50.0] {
        for other in [-50.0, 50.0] {
            let v = |scale: f64| vector::<f64>(3, n) * 0.1 + scale;
            let factor = vector::<f64>(4, n * 2).reshape_like(&(1, n, 2));
            let mean = vector::<f64>(5, n);
            let q = Normal {
                mean: mean.clone() * 2.0,
                log_var: v(other),
            };
            let lq = LowRankNormal {
                mean: mean.clone() * 2.0,
                factor: factor.clone() * 0.5,
                log_diagonal: v(other),
            };
            let p = |v: Batch<usize, f64, Taped>| LowRankNormal {
                mean: mean.clone().retaped(),
                factor: factor.clone().retaped(),
                log_diagonal: v,
            };
            let q = Normal {
                mean: q.mean.retaped(),
                log_var: q.log_var.retaped(),
            };
            let lq = LowRankNormal {
                mean: lq.mean.retaped(),
                factor: lq.factor.retaped(),
                log_diagonal: lq.log_diagonal.retaped(),
            };
            assert_finite_gradient(&v(scale), |v| p(v).log_prob(&q.mean));
            assert_finite_gradient(&v(scale), |v| p(v).entropy());
            assert_finite_gradient(&v(scale), |v| p(v).kl_to(&q));
            assert_finite_gradient(&v(scale), |v| p(v).kl_to(&lq));
            assert_finite_gradient(&v(scale), |v| q.kl_to(&p(v)));
            assert_finite_gradient(&v(scale), |v| p(v).kl_to(&StandardNormal));
            let tril = matrix_formula([v(0.5 * scale).into()], (1, n, n), move |[v]| {
                Matrix::each([v.identity(n), v], |[one, v]| one * v.exp()) + v.constant([n; 2], 1.0)
            });
            let f = |l| MultivariateNormal {
                mean: mean.clone().retaped(),
                scale_tril: l,
            };
            assert_finite_gradient(&tril, |l| f(l).log_prob(&q.mean));
            assert_finite_gradient(&tril, |l| f(l).kl_to(&q));
            assert_finite_gradient(&tril, |l| q.kl_to(&f(l)));
            assert_finite_gradient(&tril, |l| f(l).kl_to(&lq));
            assert_finite_gradient(&tril, |l| lq.kl_to(&f(l)));
        }
    }
}

fn repeated<N: Dim>(x: &Batch<N, f64>, count: usize) -> Batch<N, f64> {
    let (n, values) = (x.shape().1, as_slice(x).repeat(count));
    Cpu::default().tensor_from_vec(values, (count, n))
}

/// Samples have this mean and covariance, along every axis and one direction across them.
fn assert_normal(x: &Batch<usize, f64>, (mean, covariance): &(Vec<f64>, dense::Dense)) {
    let n = mean.len();
    let axes = (0..n).map(|k| (0..n).map(|i| f64::from(i == k)).collect());
    for direction in axes.chain([(0..n).map(|i| spread(8, i)).collect::<Vec<f64>>()]) {
        let deviation = dense::square(covariance, &direction).sqrt();
        let along = |x: &[f64]| -> f64 {
            let terms = x.iter().zip(mean).zip(&direction);
            terms.map(|((x, m), d)| (x - m) * d).sum::<f64>() / deviation
        };
        assert_ks(
            &as_slice(x).chunks(n).map(along).collect::<Vec<_>>(),
            standard_cdf,
        );
    }
}

fn standard_cdf(z: f64) -> f64 {
    use vae_ops::math::ErrorFunction;
    0.5 * (-z * std::f64::consts::FRAC_1_SQRT_2).erfc_v()
}

#[test]
fn samples_of_normals_have_their_covariance() {
    const COUNT: usize = 100_000;
    let (n, rank) = (3, 2);
    let mut rng = StdRng::seed_from_u64(1);
    let f = full::<f64>(1, n);
    let many = MultivariateNormal {
        mean: repeated(&f.mean, COUNT),
        scale_tril: repeated(&f.scale_tril.clone().reshape_like(&(1, n * n)), COUNT)
            .reshape_like(&(COUNT, n, n)),
    };
    assert_normal(&many.sample(&mut rng), &dense_of_full(&f));
    let l = low_rank::<f64>(1, n, rank);
    let many = LowRankNormal {
        mean: repeated(&l.mean, COUNT),
        factor: repeated(&l.factor.clone().reshape_like(&(1, n * rank)), COUNT)
            .reshape_like(&(COUNT, n, rank)),
        log_diagonal: repeated(&l.log_diagonal, COUNT),
    };
    assert_normal(&many.sample(&mut rng), &dense_of_low_rank(&l));
}

fn fisher(loc: &[f64], kappa: f64) -> VonMisesFisher<usize, f64> {
    VonMisesFisher {
        loc: batch(&[loc]),
        concentration: Cpu::default().tensor_from_vec(vec![kappa], (1,)),
    }
}

/// e₁ turned by θ towards e₂.
fn turned(n: usize, theta: f64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    (x[0], x[1]) = (theta.cos(), theta.sin());
    x
}

fn simpson(range: std::ops::Range<f64>, f: impl Fn(f64) -> f64) -> f64 {
    const N: u32 = 8000;
    let step = (range.end - range.start) / f64::from(N);
    let weight = |i| {
        if i == 0 || i == N {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    (0..=N)
        .map(|i| weight(i) * f(range.start + f64::from(i) * step))
        .sum::<f64>()
        * step
        / 3.0
}

/// ∫ p(x) f(x) over the sphere around μ = e₁, for f of the angle alone.
fn over_sphere(n: usize, kappa: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
    let p = fisher(&turned(n, 0.0), kappa);
    // The area of the sphere that remains when the angle is fixed; two points on the circle.
    let area = if n == 2 {
        2f64.ln()
    } else {
        -value(SphericalUniform.log_prob(&vector::<f64>(0, n - 1)))
    };
    let end = PI.min(30.0 / kappa.sqrt().max(1e-9));
    simpson(0.0..end, |theta| {
        let log_p = value(p.log_prob(&batch(&[&turned(n, theta)])));
        let ring = if n == 2 {
            0.0
        } else {
            (n as f64 - 2.0) * theta.sin().abs().ln()
        };
        let weight = (log_p + area + ring).exp();
        if weight == 0.0 {
            0.0
        } else {
            weight * f(theta, log_p)
        }
    })
}

#[test]
fn von_mises_fisher_follows_its_integrals() {
    for n in [2, 3, 4, 10, 200] {
        for kappa in [0.0, 1e-3, 0.7, 20.0, 500.0, 1e4, 1e6] {
            let mu = turned(n, 0.0);
            let p = fisher(&mu, kappa);
            assert_close(over_sphere(n, kappa, |_, _| 1.0), 1.0, 1e-9);
            let mean = over_sphere(n, kappa, |theta, _| theta.cos());
            assert_close(p.mean().as_vec()[0], mean, 1e-9);
            assert_eq!(p.mean().as_vec()[1], 0.0);
            let entropy = over_sphere(n, kappa, |_, log_p| -log_p);
            assert_close(value(p.entropy()), entropy, 1e-8);
            let uniform = value(SphericalUniform.log_prob(&batch::<f64>(&[&mu])));
            let kl = value(p.kl_to(&SphericalUniform));
            assert_close(kl, -entropy - uniform, 1e-8);
            assert!(kl >= 0.0 && (kappa == 0.0) == (kl == 0.0), "{kl}");
            let variance = p.variance().as_vec();
            // Relative: 1 − cos θ has no digits to lose.
            let along = over_sphere(n, kappa, |theta, _| {
                (2.0 * (0.5 * theta).sin().powi(2) - gap(n, kappa)).powi(2)
            });
            assert_close(variance[0] / along, 1.0, 1e-7);
            let across = over_sphere(n, kappa, |theta, _| theta.sin().powi(2)) / (n as f64 - 1.0);
            assert_close(variance[1] / across, 1.0, 1e-7);
        }
    }
}

fn gap(n: usize, kappa: f64) -> f64 {
    vae_ops::math::Langevin::new(n, kappa).complement
}

#[test]
fn kl_of_two_von_mises_fisher_is_its_integral() {
    for n in [2, 3, 10, 200] {
        for (kappa1, kappa2) in [
            (0.0, 5.0),
            (5.0, 0.0),
            (3.0, 4.0),
            (20.0, 500.0),
            (1e4, 1.1e4),
            (1e6, 1e3),
        ] {
            for angle in [0.0, 0.01, 2.0] {
                let (p, q) = (
                    fisher(&turned(n, 0.0), kappa1),
                    fisher(&turned(n, angle), kappa2),
                );
                let kl = value(p.kl_to(&q));
                // E x = A μ, so only the part along μ₁ of κ₂ μ₂ᵀx remains.
                let expected = over_sphere(n, kappa1, |theta, log_p| {
                    let peak = value(q.log_prob(&q.loc)) - kappa2;
                    log_p - peak - kappa2 * angle.cos() * theta.cos()
                });
                assert_close(kl, expected, 1e-7);
                assert!(kl >= 0.0);
                assert_eq!(value(p.kl_to(&p)), 0.0);
            }
        }
    }
    // Close to equality, and across the change from one formula to the other.
    let of_step = |kappa: f64, step: f64| {
        let mu = turned(5, 0.0);
        value(fisher(&mu, kappa).kl_to(&fisher(&mu, kappa + step))) / (step * step)
    };
    for kappa in [0.1, 10.0, 1e5] {
        assert_close(
            of_step(kappa, 1e-8 * kappa) / of_step(kappa, 1e-4 * kappa),
            1.0,
            2e-4,
        );
        let switch = 0.5 * (kappa + 0.25 * kappa).hypot(3.5);
        assert_close(
            of_step(kappa, switch * 0.99) / of_step(kappa, switch * 1.01),
            1.0,
            2e-2,
        );
    }
}

#[test]
fn gradients_of_von_mises_fisher() {
    fn unit(x: vae_testkit::Matrix) -> vae_testkit::Matrix {
        // One element more, so that there are two of them.
        let (rows, n) = *x.shape();
        matrix_formula([x.into()], (rows, n + 1), |[x]| {
            let long = x.over(x.constant([1, 1], 1.0));
            Matrix::each([long, long.square_norm()], |[x, square]| x / square.sqrt())
        })
    }
    fn concentrations(x: &vae_testkit::Matrix) -> PerExample<f64, Taped> {
        vae_ops::sum_formula([x.clone()], |[x]| 3.0 * x.square())
    }
    assert_grad(0.2..1.0, |[x, loc, kappa]| {
        let p = VonMisesFisher {
            loc: unit(loc),
            concentration: concentrations(&kappa),
        };
        total([
            p.log_prob(&unit(x)),
            p.entropy(),
            p.kl_to(&SphericalUniform),
        ])
    });
    assert_grad(0.2..1.0, |[loc1, kappa1, loc2, kappa2]| {
        let p = VonMisesFisher {
            loc: unit(loc1),
            concentration: concentrations(&kappa1),
        };
        let q = VonMisesFisher {
            loc: unit(loc2),
            concentration: concentrations(&kappa2),
        };
        p.kl_to(&q)
    });
    assert_grad(0.2..1.0, |[loc, kappa]| {
        VonMisesFisher {
            loc: unit(loc),
            concentration: concentrations(&kappa),
        }
        .mean()
    });
    assert_grad(0.2..1.0, |[loc, kappa]| {
        VonMisesFisher {
            loc: unit(loc),
            concentration: concentrations(&kappa),
        }
        .variance()
    });
    for kappa in [0.0, 1e-10, 1e6] {
        let loc = batch::<f64>(&[&[0.6, 0.8, 0.0]]);
        let kappa = Cpu::default().tensor_from_vec(vec![kappa], (1,));
        let p = |concentration| VonMisesFisher {
            loc: loc.retaped::<Taped>(),
            concentration,
        };
        let x = batch::<f64>(&[&[0.0, 0.8, 0.6]]).retaped::<Taped>();
        assert_finite_gradient(&kappa, |k| p(k).kl_to(&SphericalUniform));
        assert_finite_gradient(&kappa, |k| p(k).log_prob(&x));
        assert_finite_gradient(&kappa, |k| p(k).entropy());
        assert_finite_gradient(&kappa, |k| p(k.clone()).kl_to(&p(k)));
    }
}

#[test]
fn samples_of_von_mises_fisher_follow_its_density() {
    const COUNT: usize = 50_000;
    let mut rng = StdRng::seed_from_u64(2);
    for (n, kappa) in [
        (2, 0.0),
        (2, 3.0),
        (3, 1.0),
        (3, 1e6),
        (10, 0.0),
        (10, 30.0),
        (200, 1e4),
    ] {
        let mu = turned(n, 1.0);
        let many = VonMisesFisher {
            loc: repeated(&batch(&[&mu]), COUNT),
            concentration: Cpu::default().tensor_from_vec(vec![kappa; COUNT], (COUNT,)),
        };
        let x = many.sample(&mut rng);
        let rows = || as_slice(&x).chunks(n);
        for x in rows() {
            assert_close(x.iter().map(|x| x * x).sum(), 1.0, 1e-12);
        }
        // The angle from μ, against the sums of its density.
        let end = PI.min(
            40.0 / (kappa / n as f64).sqrt().max(1e-9) / (n as f64).sqrt()
                + 3.0 * (n as f64 / kappa.max(1e-9)).sqrt(),
        );
        const STEPS: usize = 4000;
        let p = fisher(&turned(n, 0.0), kappa);
        let density = |theta: f64| {
            let log_p = value(p.log_prob(&batch(&[&turned(n, theta)])));
            (log_p + (n as f64 - 2.0) * theta.sin().abs().max(1e-300).ln()).exp()
        };
        let mut cdf = vec![0.0];
        for i in 0..STEPS {
            let at = |j: f64| density((i as f64 + j) / STEPS as f64 * end);
            cdf.push(cdf[i] + at(0.0) + 4.0 * at(0.5) + at(1.0));
        }
        let angles: Vec<f64> = rows()
            .map(|x| {
                let chord = x
                    .iter()
                    .zip(&mu)
                    .map(|(x, m)| (x - m).powi(2))
                    .sum::<f64>()
                    .sqrt();
                2.0 * (0.5 * chord).min(1.0).asin()
            })
            .collect();
        assert_ks(&angles, |theta| {
            let place = (theta / end).min(1.0) * STEPS as f64;
            let i = (place as usize).min(STEPS - 1);
            (cdf[i] + (place - i as f64) * (cdf[i + 1] - cdf[i])) / cdf[STEPS]
        });
        // No direction across μ is preferred: along e₂ turned with μ, signs are a fair coin.
        let tangent: Vec<f64> = turned(n, 1.0 + PI / 2.0);
        let positive =
            rows().filter(|x| x.iter().zip(&tangent).map(|(x, t)| x * t).sum::<f64>() > 0.0);
        let share = positive.count() as f64 / COUNT as f64;
        assert!(
            (share - 0.5).abs() < 4.0 * 0.5 / (COUNT as f64).sqrt(),
            "{share}"
        );
    }
}

#[test]
fn mixtures_are_weighted_sums() {
    let (n, logits) = (3, [0.3, -1.0, 2.0]);
    let weights = logits.map(|l: f64| l.exp() / logits.iter().map(|l| l.exp()).sum::<f64>());
    let components: Vec<_> = [1, 5, 9].map(|seed| normal::<f64>(seed, n)).into();
    let p = Mixture::new(batch(&[&logits]), components.clone()).expect("finite logits");
    let x = vector::<f64>(4, n);
    let density: f64 = weights
        .iter()
        .zip(&components)
        .map(|(w, p)| w * value(p.log_prob(&x)).exp())
        .sum();
    assert_close(value(p.log_prob(&x)), density.ln(), 1e-14);
    for i in 0..n {
        let moment = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            let each = weights.iter().zip(&components);
            each.map(|(w, p)| w * f(p.mean().as_vec()[i], p.variance().as_vec()[i]))
                .sum()
        };
        let mean = moment(&|m, _| m);
        assert_close(p.mean().as_vec()[i], mean, 1e-14);
        assert_close(
            p.variance().as_vec()[i],
            moment(&|m, v| v + m * m) - mean * mean,
            1e-14,
        );
    }
    // A component that does not occur, and says nothing that is finite.
    let infinite = Laplace {
        loc: batch::<f64>(&[&[0.0]]),
        scale: batch(&[&[f64::INFINITY]]),
    };
    let finite = Laplace {
        loc: batch::<f64>(&[&[1.0]]),
        scale: batch(&[&[2.0]]),
    };
    let p = Mixture {
        logits: batch(&[&[f64::NEG_INFINITY, 1.0]]),
        components: vec![infinite, finite.clone()],
    };
    assert_eq!(p.variance().as_vec(), finite.variance().as_vec());
    let x = batch(&[&[0.5]]);
    assert_eq!(p.log_prob(&x).as_vec(), finite.log_prob(&x).as_vec());
}

#[test]
fn gradients_of_mixtures() {
    type Inputs = [vae_testkit::Matrix; 4];
    fn mixture(
        [logits, mean, log_var, other]: Inputs,
    ) -> Mixture<Normal<usize, f64, Taped>, f64, Taped> {
        let components = [0.0, 0.5, -1.0].map(|shift| Normal {
            mean: formula([mean.clone(), other.clone()], move |[m, o]| m + shift * o),
            log_var: formula([log_var.clone()], move |[v]| v * (1.0 + shift)),
        });
        let rows = logits.shape().0;
        // Three logits, whatever the event.
        let logits = matrix_formula([logits.into()], (rows, 3), |[l]| {
            let first = l.map(|l| (2.0 * l).sin()).sum();
            first.over(l.square_norm()).over(l.sum().map(Dual::sin))
        });
        Mixture {
            logits,
            components: components.into(),
        }
    }
    assert_grad(-1.0..1.0, |inputs: Inputs| {
        let x = inputs[3].clone();
        mixture(inputs).log_prob(&x)
    });
    assert_grad(-1.0..1.0, |inputs: Inputs| mixture(inputs).mean());
    assert_grad(-1.0..1.0, |inputs: Inputs| mixture(inputs).variance());
}

#[test]
fn samples_of_mixtures_come_from_all_components() {
    const COUNT: usize = 100_000;
    let normal = |mean: f64, log_var: f64| Normal {
        mean: repeated(&batch(&[&[mean]]), COUNT),
        log_var: repeated(&batch(&[&[log_var]]), COUNT),
    };
    let logits = repeated(&batch(&[&[1f64.ln(), 2f64.ln(), 1f64.ln()]]), COUNT);
    let p = Mixture {
        logits,
        components: vec![normal(-3.0, 0.0), normal(0.0, -1.0), normal(4.0, 1.0)],
    };
    let x = p.sample(&mut StdRng::seed_from_u64(3));
    assert_ks(as_slice(&x), |x| {
        let part = |mean: f64, log_var: f64| standard_cdf((x - mean) * (-0.5 * log_var).exp());
        0.25 * part(-3.0, 0.0) + 0.5 * part(0.0, -1.0) + 0.25 * part(4.0, 1.0)
    });
}

fn one_normal(mean: f64, log_var: f64) -> Normal<usize, f64> {
    Normal {
        mean: batch(&[&[mean]]),
        log_var: batch(&[&[log_var]]),
    }
}

fn log_density(mean: f64, log_var: f64) -> impl Fn(f64) -> f64 {
    move |x| -0.5 * ((x - mean).powi(2) / log_var.exp() + log_var + TAU.ln())
}

#[test]
fn renyi_is_its_integral() {
    for (m1, v1, m2, v2) in [
        (0.0, 0.0, 1.0, 0.3),
        (-1.0, 1.0, 0.5, -0.5),
        (0.2, -2.0, 0.3, 2.0),
        (1.0, 0.4, 1.0, 0.4),
    ] {
        let (p, q) = (one_normal(m1, v1), one_normal(m2, v2));
        for alpha in [0.1, 0.5, 0.9, 1.2, 2.0, 3.0] {
            let divergence = value(renyi(&p, &q, alpha));
            let spread = alpha * v2.exp() + (1.0 - alpha) * v1.exp();
            if spread <= 0.0 {
                assert_eq!(divergence, f64::INFINITY);
                continue;
            }
            let (log_p, log_q) = (log_density(m1, v1), log_density(m2, v2));
            let integral = simpson(-60.0..60.0, |x| {
                (alpha * log_p(x) + (1.0 - alpha) * log_q(x)).exp()
            });
            assert_close(divergence, integral.ln() / (alpha - 1.0), 1e-7);
            assert!(divergence >= 0.0);
            // D_α(p ‖ q) = α/(1 − α) D_{1−α}(q ‖ p).
            if alpha < 1.0 {
                let skewed = value(renyi(&q, &p, 1.0 - alpha)) * alpha / (1.0 - alpha);
                assert_close(divergence, skewed, 1e-13);
                let dual = value(geometric_jensen_shannon_dual(&q, &p, alpha));
                assert_close(dual, (1.0 - alpha) * divergence, 1e-13);
            }
            assert_eq!(value(renyi(&p, &p, alpha)), 0.0);
        }
        let kl = value(p.kl_to(&q));
        assert_eq!(value(renyi(&p, &q, 1.0)), kl);
        for step in [1e-12, -1e-12] {
            assert_close(value(renyi(&p, &q, 1.0 + step)), kl, 1e-10);
        }
    }
}

#[test]
fn renyi_holds_far_out_and_close_to_equality() {
    for alpha in [1e-3, 0.5, 1.0 - 1e-9, 1.0 + 1e-9, 2.0] {
        for (v1, v2) in [
            (-50.0, 50.0),
            (50.0, -50.0),
            (900.0, -900.0),
            (0.0, 0.5),
            (0.5, 0.0),
            (0.6, 0.0),
        ] {
            let q = one_normal(0.5, v2);
            let q = Normal {
                mean: q.mean.retaped::<Taped>(),
                log_var: q.log_var.retaped(),
            };
            let p = one_normal(0.0, v1);
            assert_finite_gradient(&p.log_var, |log_var| {
                renyi(
                    &Normal {
                        mean: p.mean.retaped(),
                        log_var,
                    },
                    &q,
                    alpha,
                )
            });
        }
        // ½ α (μ₁ − μ₂)²/σ² + ¼ α t², to leading order.
        let step = 1e-7;
        let close = value(renyi(&one_normal(step, step), &one_normal(0.0, 0.0), alpha));
        assert_close(close / (0.75 * alpha * step * step), 1.0, 1e-5);
    }
    let far = value(renyi(&one_normal(0.0, 1e4), &one_normal(0.0, 0.0), 0.5));
    // ln(½ eᵗ) − ½ t for σ₁² = eᵗ.
    assert_close(far, 5e3 - 2f64.ln(), 1e-13);
}

#[test]
fn jensen_shannon_divergences() {
    let (p, q) = (one_normal(0.0, 0.0), one_normal(1.5, -0.7));
    let (log_p, log_q) = (log_density(0.0, 0.0), log_density(1.5, -0.7));
    let log_m = |x: f64| (0.5 * (log_p(x).exp() + log_q(x).exp())).ln();
    let exact = 0.5 * simpson(-12.0..12.0, |x| log_p(x).exp() * (log_p(x) - log_m(x)))
        + 0.5 * simpson(-12.0..12.0, |x| log_q(x).exp() * (log_q(x) - log_m(x)));
    let estimate = jensen_shannon_monte_carlo(&p, &q, &mut StdRng::seed_from_u64(4), 20_000);
    let error = value(estimate.standard_error);
    assert!(error > 1e-4 && error < 1e-2);
    assert!((value(estimate.value) - exact).abs() < 4.0 * error);

    // Deasy et al. (2020), Proposition 1: the closed form, written out.
    for alpha in [0.0, 0.25, 0.5, 0.8, 1.0] {
        let (v1, v2) = (1.0, (-0.7f64).exp());
        let variance = 1.0 / ((1.0 - alpha) / v1 + alpha / v2);
        let mean = variance * alpha * 1.5 / v2;
        let quadratic = (1.0 - alpha) * mean * mean + alpha * (mean - 1.5) * (mean - 1.5);
        let expected = 0.5
            * (((1.0 - alpha) * v1 + alpha * v2) / variance + variance.ln()
                - (1.0 - alpha) * v1.ln()
                - alpha * v2.ln()
                + quadratic / variance
                - 1.0);
        assert_close(
            value(geometric_jensen_shannon(&p, &q, alpha)),
            expected,
            1e-13,
        );
        assert_eq!(value(geometric_jensen_shannon(&q, &q, alpha)), 0.0);
        assert_eq!(value(geometric_jensen_shannon_dual(&q, &q, alpha)), 0.0);
    }
    assert_close(
        value(jeffreys(&p, &q)),
        value(p.kl_to(&q)) + value(q.kl_to(&p)),
        1e-15,
    );
}

#[test]
fn gradients_of_divergences_of_normals() {
    type Inputs = [vae_testkit::Matrix; 4];
    fn pair([m1, v1, m2, v2]: Inputs) -> [Normal<usize, f64, Taped>; 2] {
        [
            Normal {
                mean: m1,
                log_var: v1,
            },
            Normal {
                mean: m2,
                log_var: v2,
            },
        ]
    }
    assert_grad(-1.0..1.0, |inputs: Inputs| {
        let [p, q] = pair(inputs);
        total([
            jeffreys(&p, &q),
            geometric_jensen_shannon(&p, &q, 0.3),
            geometric_jensen_shannon_dual(&p, &q, 0.6),
            renyi(&p, &q, 0.3),
            renyi(&p, &q, 1.1),
            wasserstein(&p, &q),
            wasserstein_squared(&p, &q),
        ])
    });
    let q = one_normal(0.0, 0.0);
    let q = Normal {
        mean: q.mean.retaped::<Taped>(),
        log_var: q.log_var.retaped(),
    };
    let p = one_normal(0.0, 0.0);
    assert_finite_gradient(&p.mean, |mean| {
        wasserstein(
            &Normal {
                mean,
                log_var: p.log_var.retaped(),
            },
            &q,
        )
    });
    for v in [-50.0, 50.0] {
        for alpha in [0.0, 0.3, 1.0] {
            let far = one_normal(0.3, v);
            let f = |log_var| {
                let p = Normal {
                    mean: far.mean.retaped(),
                    log_var,
                };
                total([
                    geometric_jensen_shannon(&p, &q, alpha),
                    geometric_jensen_shannon_dual(&p, &q, alpha),
                    wasserstein_squared(&p, &q),
                ])
            };
            assert_finite_gradient(&far.log_var, f);
        }
    }
}

/// Uniform on [0, 1].
struct Unit;

impl Density<usize, f64, NoneTape> for Unit {
    fn log_prob(&self, x: &Batch<usize, f64>) -> PerExample<f64> {
        vae_ops::sum_formula([x.clone()], |[x]| {
            Dual::constant(if (0.0..1.0).contains(&x.value) {
                0.0
            } else {
                f64::NEG_INFINITY
            })
        })
    }
}

impl Sample<usize, f64> for Unit {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<usize, f64> {
        batch(&[&[rng.gen_range(0.0..1.0)]])
    }
}

#[test]
fn kl_from_samples() {
    let mut rng = StdRng::seed_from_u64(5);
    let (p, q) = (one_normal(0.3, 0.5), one_normal(-0.2, 0.1));
    let estimate = kl_monte_carlo(&p, &q, &mut rng, 20_000);
    let error = value(estimate.standard_error);
    assert!((value(estimate.value) - value(p.kl_to(&q))).abs() < 4.0 * error);
    // The standard error, against the deviation of repeated estimates.
    let estimates: Vec<f64> = (0..400)
        .map(|_| value(kl_monte_carlo(&p, &q, &mut rng, 50).value))
        .collect();
    let mean = estimates.iter().sum::<f64>() / 400.0;
    let deviation = (estimates.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    assert_close(deviation / (error * 20f64), 1.0, 0.1);
    // Where p has no density, and where q has none.
    let infinite = kl_monte_carlo(&q, &Unit, &mut rng, 100);
    assert_eq!(
        (value(infinite.value), value(infinite.standard_error)),
        (f64::INFINITY, 0.0)
    );
    let finite = kl_monte_carlo(&Unit, &q, &mut rng, 100);
    assert!(value(finite.value).is_finite() && value(finite.standard_error) > 0.0);
    let one = kl_monte_carlo(&p, &q, &mut rng, 1);
    assert!(value(one.value).is_finite() && value(one.standard_error).is_nan());
    // Every example of a batch on its own.
    let two = Normal {
        mean: batch::<f64>(&[&[0.0, 0.0], &[5.0, 5.0]]),
        log_var: batch(&[&[0.0; 2], &[0.0; 2]]),
    };
    let estimate = kl_monte_carlo(&two, &StandardNormal, &mut rng, 1000);
    assert_eq!(estimate.value.as_vec()[0], 0.0);
    assert_close(estimate.value.as_vec()[1], 25.0, 0.02);
}

#[test]
fn wasserstein_distances() {
    let (p, q) = (one_normal(1.0, 0.4), one_normal(-0.5, 2.0));
    let expected = 1.5f64.powi(2) + (0.2f64.exp() - 1f64.exp()).powi(2);
    assert_close(value(wasserstein_squared(&p, &q)), expected, 1e-14);
    assert_close(value(wasserstein_squared(&q, &p)), expected, 1e-14);
    assert_close(value(wasserstein(&p, &q)), expected.sqrt(), 1e-14);
    assert_eq!(value(wasserstein(&p, &p)), 0.0);
    // σ₁ − σ₂ = σ t/2 to first order.
    let close = value(wasserstein(&one_normal(0.0, 1e-12), &one_normal(0.0, 0.0)));
    assert_close(close / 0.5e-12, 1.0, 1e-10);
}
