use crate::reduce::{add_up, total};
use crate::{Real, log_mean_exp};
use rayon::prelude::*;
use std::f64::consts::TAU;

/// The aggregate posterior q(z) = Σⱼ wⱼ N(z; μⱼ, diag σⱼ²) of M examples (Hoffman & Johnson 2016; Chen et al. 2018), at n codes
/// of D dimensions.
///
/// ```
/// use vae_ops::Aggregate;
///
/// // Two components, of means 0 and 4, seen from 0.
/// let q = Aggregate { z: &[0.0f64], mean: &[0.0, 4.0], log_var: &[0.0, 0.0], dimensions: 1 };
/// let [joint, marginals] = q.log_probs(|_, _| 0.5f64.ln())[0];
/// let density = |e: f64| (-0.5 * e * e).exp() / std::f64::consts::TAU.sqrt();
/// assert!((joint - (0.5 * (density(0.0) + density(4.0))).ln()).abs() < 1e-12);
/// assert!((marginals - joint).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Aggregate<'a, E> {
    /// z, n · D numbers.
    pub z: &'a [E],
    /// μ, M · D numbers.
    pub mean: &'a [E],
    /// ln σ², M · D numbers.
    pub log_var: &'a [E],
    /// D
    pub dimensions: usize,
}

/// Codes that are worked on at a time. Fixed, so that no sum depends on the threads.
const CODES: usize = 16;

impl<E: Real> Aggregate<'_, E> {
    /// ln q(zᵢ) and Σ_d ln q_d(zᵢ_d), of the marginals q_d, for each code i; `log_weight(i, j)` is ln wⱼ as code i sees it.
    pub fn log_probs(&self, log_weight: impl Fn(usize, usize) -> f64 + Sync) -> Vec<[f64; 2]> {
        let part = |(part, z): (usize, &[E])| {
            let mut work = Work::new(self);
            let codes = 0..z.len() / self.dimensions;
            let values = codes.map(|k| work.evaluate(self, part * CODES + k, &log_weight));
            values.collect::<Vec<_>>()
        };
        let parts = self.z.par_chunks(CODES * self.dimensions).enumerate();
        parts.flat_map_iter(part).collect()
    }

    /// [`log_probs`](Self::log_probs), and the gradients of Σᵢ (a ln q(zᵢ) + b Σ_d ln q_d(zᵢ_d)) in z, μ and ln σ².
    pub fn log_probs_and_gradients(
        &self,
        log_weight: impl Fn(usize, usize) -> f64 + Sync,
        [a, b]: [f64; 2],
    ) -> (Vec<[f64; 2]>, [Vec<E>; 3]) {
        let d = self.dimensions;
        let part = |(part, z): (usize, &[E])| {
            let mut work = Work::new(self);
            let mut values = Vec::new();
            let mut of_z = vec![E::zero(); z.len()];
            let mut of_components = [
                vec![E::zero(); self.mean.len()],
                vec![E::zero(); self.mean.len()],
            ];
            for (k, of_z) in of_z.chunks_mut(d).enumerate() {
                let i = part * CODES + k;
                values.push(work.evaluate(self, i, &log_weight));
                let [of_mean, of_log_var] = &mut of_components;
                let weights = [a, b].map(E::of);
                work.differentiate(self, i, weights, of_z, of_mean, of_log_var);
            }
            (values, of_z, of_components)
        };
        let parts: Vec<_> = self.z.par_chunks(CODES * d).enumerate().map(part).collect();
        let mut values = Vec::new();
        let mut gradients = [self.z, self.mean, self.mean].map(|x| Vec::with_capacity(x.len()));
        for (of_part, of_z, of_components) in parts {
            values.extend(of_part);
            gradients[0].extend(of_z);
            for (sum, part) in gradients[1..].iter_mut().zip(of_components) {
                if sum.is_empty() {
                    *sum = part;
                } else {
                    sum.iter_mut().zip(part).for_each(|(s, p)| *s += p);
                }
            }
        }
        (values, gradients)
    }
}

/// What is known of one code.
struct Work<E> {
    /// 1/σ², M · D.
    precision: Vec<E>,
    /// ln wⱼ q_d(zᵢ_d|xⱼ) less its largest over j, then its exponential, M · D.
    terms: Vec<E>,
    /// ln wⱼ q(zᵢ|xⱼ), then wⱼ q(zᵢ|xⱼ)/q(zᵢ), M.
    rows: Vec<E>,
    /// The largest and the sum of the terms over j, D.
    largest: Vec<E>,
    sums: Vec<E>,
}

impl<E: Real> Work<E> {
    fn new(of: &Aggregate<E>) -> Self {
        let d = of.dimensions;
        Self {
            precision: of.log_var.iter().map(|v| (-*v).exp_v()).collect(),
            terms: vec![E::zero(); of.mean.len()],
            rows: vec![E::zero(); of.mean.len() / d],
            largest: vec![E::zero(); d],
            sums: vec![E::zero(); d],
        }
    }

    /// ln q(zᵢ), Σ_d ln q_d(zᵢ_d)
    fn evaluate(
        &mut self,
        of: &Aggregate<E>,
        i: usize,
        log_weight: &impl Fn(usize, usize) -> f64,
    ) -> [f64; 2] {
        let d = of.dimensions;
        for (j, row) in self.rows.iter_mut().enumerate() {
            *row = E::of(log_weight(i, j));
        }
        self.largest.fill(E::neg_infinity());
        log_densities(&of.z[i * d..][..d], of, self);
        let joint = log_mean_exp(&self.rows).as_f64() + (self.rows.len() as f64).ln();
        self.sums.fill(E::zero());
        exponentials(self, E::of(joint));
        let logs = self.largest.iter().zip(&self.sums);
        let marginals = logs.map(|(l, s)| l.as_f64() + s.as_f64().ln()).sum();
        [joint, marginals]
    }

    fn differentiate(
        &self,
        of: &Aggregate<E>,
        i: usize,
        [a, b]: [E; 2],
        of_z: &mut [E],
        of_mean: &mut [E],
        of_log_var: &mut [E],
    ) {
        let d = of.dimensions;
        let z = &of.z[i * d..][..d];
        let shares: Vec<E> = self.sums.iter().map(|sum| b / *sum).collect();
        let components = self.rows.iter().zip(self.terms.chunks(d)).enumerate();
        for (j, (row, terms)) in components {
            let at = j * d..(j + 1) * d;
            component_gradients(
                [
                    z,
                    &of.mean[at.clone()],
                    &self.precision[at.clone()],
                    terms,
                    &shares,
                ],
                a * *row,
                [&mut *of_z, &mut of_mean[at.clone()], &mut of_log_var[at]],
            );
        }
    }
}

/// Adds the densities to `rows`, and puts those of the elements into `terms`.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn log_densities<E: Real>(z: &[E], of: &Aggregate<E>, work: &mut Work<E>) {
    let d = z.len();
    let (half, constant) = (E::of(0.5), E::of(0.5 * TAU.ln()));
    let largest = &mut work.largest[..d];
    for (j, row) in work.rows.iter_mut().enumerate() {
        let at = j * d..(j + 1) * d;
        let terms = &mut work.terms[at.clone()];
        let (mean, log_var) = (&of.mean[at.clone()], &of.log_var[at.clone()]);
        let precision = &work.precision[at];
        for k in 0..d {
            let e = z[k] - mean[k];
            terms[k] = -half * (e * e * precision[k] + log_var[k]) - constant;
        }
        let mut sums = [0.0; 16];
        add_up(&mut sums, terms);
        let weight = *row;
        *row += E::of(total(&sums));
        for k in 0..d {
            terms[k] += weight;
            largest[k] = if terms[k] > largest[k] {
                terms[k]
            } else {
                largest[k]
            };
        }
    }
}

/// Of `rows`, less the joint density, and of `terms`, less the largest of their column; these are summed up by column.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn exponentials<E: Real>(work: &mut Work<E>, joint: E) {
    let d = work.largest.len();
    for row in &mut work.rows {
        *row = (*row - joint).exp_v();
    }
    let (largest, sums) = (&work.largest[..d], &mut work.sums[..d]);
    for terms in work.terms.chunks_mut(d) {
        for k in 0..d {
            terms[k] = (terms[k] - largest[k]).exp_v();
            sums[k] += terms[k];
        }
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn component_gradients<E: Real>(
    [z, mean, precision, terms, shares]: [&[E]; 5],
    of_row: E,
    [of_z, of_mean, of_log_var]: [&mut [E]; 3],
) {
    let (d, half) = (z.len(), E::of(0.5));
    let [mean, precision, terms, shares] = [mean, precision, terms, shares].map(|x| &x[..d]);
    let (of_z, of_mean, of_log_var) = (&mut of_z[..d], &mut of_mean[..d], &mut of_log_var[..d]);
    for k in 0..d {
        let share = of_row + terms[k] * shares[k];
        let e = z[k] - mean[k];
        let slope = share * e * precision[k];
        of_z[k] -= slope;
        of_mean[k] += slope;
        of_log_var[k] += half * (slope * e - share);
    }
}
