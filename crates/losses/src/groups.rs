use crate::pass::Pass;
use dfdx::prelude::{Dim, HasShape, NoneTape, ReshapeTo, Tensor, TensorFromVec};
use vae_architectures::LatentModel;
use vae_ops::{Batch, PerExample, Real, Record, as_slice, sum_event};
use vae_priors::Posterior;

/// How the dimensions of a code are put together, where an objective treats divergences apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Groups {
    /// Each dimension by itself.
    EachDimension,
    /// Neighbours, by the widths of the groups: the layers of a hierarchical code (z₁, z₂, …), for instance. They add up to
    /// the width of the code.
    Of(&'static [usize]),
    /// All dimensions together.
    Whole,
}

impl Groups {
    /// The widths of the groups of so many dimensions.
    ///
    /// # Panics
    /// If they do not add up.
    pub(crate) fn widths(self, dimensions: usize) -> Vec<usize> {
        let widths = match self {
            Self::EachDimension => vec![1; dimensions],
            Self::Of(widths) => widths.to_vec(),
            Self::Whole => vec![dimensions],
        };
        assert_eq!(
            widths.iter().sum::<usize>(),
            dimensions,
            "groups of {widths:?} dimensions in a code of {dimensions}"
        );
        widths
    }
}

/// The divergence in as many columns as it takes to tell the groups apart, and how many of them make a group.
///
/// # Panics
/// If the divergence is not one of dimensions, and the groups are not the whole code.
pub(crate) fn by_group<M: LatentModel<E>, E: Real, T: Record<E>>(
    pass: &Pass<M, E, T>,
    model: &M,
    groups: Groups,
) -> (Batch<usize, E, T>, Vec<usize>) {
    if groups == Groups::Whole {
        let batch = pass.kl.shape().0;
        return (pass.kl.clone().reshape_like(&(batch, 1)), vec![1]);
    }
    let kl = pass.q.kl_by_dimension(&model.prior(), &pass.z);
    let kl = kl.expect("a divergence between normal posteriors and a prior that is normal, too, given the layers above");
    let (batch, dimensions) = (kl.shape().0, kl.shape().1.size());
    let widths = groups.widths(dimensions);
    (kl.reshape_like(&(batch, dimensions)), widths)
}

/// The divergence of each group, a mean over the batch.
pub(crate) fn group_means<E: Real, T: Record<E>>(
    kl: &Batch<usize, E, T>,
    widths: &[usize],
) -> Vec<f64> {
    let kl = kl.retaped::<NoneTape>().contiguous();
    let (batch, dimensions) = (kl.shape().0, kl.shape().1);
    let mut means = vec![0.0; widths.len()];
    for mut row in as_slice(&kl).chunks(dimensions) {
        for (mean, width) in means.iter_mut().zip(widths) {
            let group = row.split_off(..*width).expect("groups fill a row");
            *mean += group.iter().map(|kl| kl.as_f64()).sum::<f64>() / batch as f64;
        }
    }
    means
}

/// Σ_g w_g KL_g per example, (B,).
pub(crate) fn weighted_sum<E: Real, T: Record<E>>(
    kl: Batch<usize, E, T>,
    widths: &[usize],
    weights: &[f64],
) -> PerExample<E, T> {
    let shape = *kl.shape();
    let pairs = widths.iter().zip(weights);
    let row: Vec<E> = pairs
        .flat_map(|(width, w)| vec![E::of(*w); *width])
        .collect();
    let weights: Batch<usize, E> = Tensor::device(&kl).tensor_from_vec(row.repeat(shape.0), shape);
    sum_event([kl], [weights], |[kl], [w]| (w * kl, [w]))
}
