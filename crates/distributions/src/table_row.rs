use crate::{Categorical, Density, Moments, NegativeBinomial, Normal, Sample};
use dfdx::prelude::{Dim, HasShape, NoneTape};
use rand::Rng;
use vae_ops::{Batch, PerExample, Real, Record, columns, concat, formula};

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A real number.
    Numeric,
    /// One of so many classes, one-hot: that many numbers.
    Categorical(usize),
    /// 0, 1, 2, …
    Count,
}

impl Column {
    /// How many numbers it takes.
    pub fn width(self) -> usize {
        match self {
            Column::Numeric | Column::Count => 1,
            Column::Categorical(classes) => classes,
        }
    }
}

/// The row of a table whose columns are of different kinds, independent of each other: p(x) = Π p(xⱼ), from what locates
/// each column, η, and how it spreads, ω, both (B, N) (Nazábal et al. 2020, "Handling incomplete heterogeneous data using
/// VAEs").
///
/// | column | p(xⱼ) | |
/// |---|---|---|
/// | [`Numeric`](Column::Numeric) | [`Normal`] | η = μ, ω = ln σ² |
/// | [`Categorical`](Column::Categorical) | [`Categorical`] | η are the logits; ω is not read |
/// | [`Count`](Column::Count) | [`NegativeBinomial`] | η = ln μ, ω = −ln r: the variance is μ + e^ω μ² |
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Column, Density, Moments, TableRow};
///
/// let tensor = |x: [f64; 4]| Cpu::default().tensor_from_vec(x.to_vec(), (1, Const::<4>));
/// let schema = [Column::Categorical(2), Column::Numeric, Column::Count];
/// let p = TableRow::new(&schema, tensor([0.0, 0.0, 7.0, 3.0f64.ln()]), tensor([0.0; 4]));
/// assert!(p.mean().as_vec().iter().zip([0.5, 0.5, 7.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-14));
/// let log_prob = p.log_prob(&tensor([1.0, 0.0, 7.0, 0.0])).as_vec()[0];
/// // A coin, a normal density at its mean, and a geometric variable.
/// assert!((log_prob - (0.5f64.ln() - 0.5 * std::f64::consts::TAU.ln() + 0.25f64.ln())).abs() < 1e-14);
/// ```
#[derive(Clone, Debug)]
pub struct TableRow<N: Dim, E: Real = f32, T = NoneTape> {
    parts: Vec<Part<E, T>>,
    width: N,
}

/// Neighbouring columns of one kind, or the classes of one column.
#[derive(Clone, Debug)]
enum Part<E: Real, T> {
    Numeric(Normal<usize, E, T>),
    Categorical(Categorical<usize, E, T>),
    Count(NegativeBinomial<usize, E, T>),
}

/// The same expression of each kind.
macro_rules! of_each {
    ($part:expr, |$p:ident| $value:expr) => {
        match $part {
            Part::Numeric($p) => $value,
            Part::Categorical($p) => $value,
            Part::Count($p) => $value,
        }
    };
}

impl<E: Real, T: Record<E>> Part<E, T> {
    /// All its columns are of the kind of the first.
    fn new(kind: Column, location: Batch<usize, E, T>, log_spread: Batch<usize, E, T>) -> Self {
        match kind {
            Column::Numeric => Part::Numeric(Normal {
                mean: location,
                log_var: log_spread,
            }),
            Column::Categorical(_) => Part::Categorical(Categorical { logits: location }),
            Column::Count => Part::Count(NegativeBinomial {
                total_count: formula([log_spread.clone()], |[w]| (-w).exp()),
                logits: formula([location, log_spread], |[log_mean, w]| log_mean + w),
            }),
        }
    }

    fn width(&self) -> usize {
        match self {
            Part::Numeric(p) => p.mean.shape().1,
            Part::Categorical(p) => p.logits.shape().1,
            Part::Count(p) => p.logits.shape().1,
        }
    }
}

impl<N: Dim, E: Real, T: Record<E>> TableRow<N, E, T> {
    /// Of these columns, from η and ω.
    ///
    /// # Panics
    /// If η and ω have not as many numbers as the columns take, or there is no column.
    pub fn new(schema: &[Column], location: Batch<N, E, T>, log_spread: Batch<N, E, T>) -> Self {
        let total: usize = schema.iter().map(|column| column.width()).sum();
        let width = location.shape().1;
        assert_eq!(location.shape(), log_spread.shape(), "shapes of η and ω");
        assert!(
            width.size() == total && total > 0,
            "the columns of the table take {total} numbers, but a row has {}",
            width.size()
        );
        let alike = |a: &Column, b: &Column| a == b && !matches!(a, Column::Categorical(_));
        let mut first = 0;
        let parts = schema.chunk_by(alike).map(|kinds| {
            let width = kinds.iter().map(|column| column.width()).sum::<usize>();
            let [location, log_spread] =
                [&location, &log_spread].map(|x| columns(x.clone(), first, width));
            first += width;
            Part::new(kinds[0], location, log_spread)
        });
        Self {
            parts: parts.collect(),
            width,
        }
    }

    /// Side by side.
    fn row<U: Record<E>>(
        &self,
        of: impl FnMut(&Part<E, T>) -> Batch<usize, E, U>,
    ) -> Batch<N, E, U> {
        let beside = |x: Batch<usize, E, U>, y: Batch<usize, E, U>| {
            let width = x.shape().1 + y.shape().1;
            concat(x, y, width)
        };
        let row = self.parts.iter().map(of).reduce(beside);
        columns(row.expect("a column"), 0, self.width)
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for TableRow<N, E, T> {
    /// Σⱼ ln p(xⱼ).
    ///
    /// # Panics
    /// If x has not as many numbers as the columns take.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [ours, theirs] = [self.width, x.shape().1].map(|width| width.size());
        assert_eq!(
            ours, theirs,
            "the columns of the table take {ours} numbers, but a row of data has {theirs}"
        );
        let mut first = 0;
        let terms = self.parts.iter().map(|part| {
            let x = columns(x.clone(), first, part.width());
            first += part.width();
            of_each!(part, |p| p.log_prob(&x))
        });
        let sum = terms.reduce(|sum, term| formula([sum, term], |[a, b]| a + b));
        sum.expect("a column")
    }
}

/// Of a class, its probability and the variance of its 0 or 1.
impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for TableRow<N, E, T> {
    fn mean(&self) -> Batch<N, E, T> {
        self.row(|part| of_each!(part, |p| p.mean()))
    }

    fn variance(&self) -> Batch<N, E, T> {
        self.row(|part| of_each!(part, |p| p.variance()))
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for TableRow<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        self.row(|part| of_each!(part, |p| p.sample(rng)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Cpu, TensorFromVec};
    use rand::{SeedableRng, rngs::StdRng};
    use vae_ops::as_slice;
    use vae_testkit::assert_close;

    const SCHEMA: [Column; 6] = [
        Column::Count,
        Column::Numeric,
        Column::Numeric,
        Column::Categorical(3),
        Column::Categorical(2),
        Column::Count,
    ];

    fn row(values: [f64; 9]) -> Batch<usize, f64> {
        Cpu::default().tensor_from_vec(values.to_vec(), (1, 9))
    }

    fn example() -> TableRow<usize, f64> {
        let location = row([1.5, -0.5, 2.0, 0.3, -1.0, 2.0, 0.4, -0.4, -0.7]);
        let log_spread = row([-0.6, 0.2, -1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.1]);
        TableRow::new(&SCHEMA, location, log_spread)
    }

    /// By scipy 1.17.1: nbinom, norm, log_softmax.
    #[test]
    fn columns_have_the_densities_of_their_kinds() {
        let x = row([4.0, 0.1, 1.2, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        assert_close(
            example().log_prob(&x).as_vec()[0],
            -5.591829438923423,
            1e-13,
        );
        let no_count = row([4.5, 0.1, 1.2, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(example().log_prob(&no_count).as_vec(), [f64::NEG_INFINITY]);
    }

    #[test]
    fn means_and_samples_are_rows_of_the_table() {
        let (mean, variance) = (example().mean().as_vec(), example().variance().as_vec());
        assert_close(mean[0], 1.5f64.exp(), 1e-13);
        assert_close(
            variance[0],
            mean[0] + (-0.6f64).exp() * mean[0].powi(2),
            1e-13,
        );
        assert_eq!(mean[1..3], [-0.5, 2.0]);
        assert_close(mean[3..6].iter().sum(), 1.0, 1e-14);
        assert_close(mean[6], 1.0 / (1.0 + (-0.8f64).exp()), 1e-14);
        assert_close(mean[8], (-0.7f64).exp(), 1e-13);
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..100 {
            let drawn = example().sample(&mut rng);
            let x = as_slice(&drawn);
            assert!(x[0].fract() == 0.0 && x[8].fract() == 0.0);
            assert!(x[3..6].iter().sum::<f64>() == 1.0 && x[6] + x[7] == 1.0);
            assert!(example().log_prob(&drawn).as_vec()[0].is_finite());
        }
    }

    #[test]
    fn enormous_parameters_make_no_nan() {
        for eta in [-1e4, 1e4] {
            let location: Batch<usize> =
                Cpu::default().tensor_from_vec([eta; 9].map(|x| x as f32).to_vec(), (1, 9));
            let flat: Batch<usize> = Cpu::default().tensor_from_vec(vec![0.0; 9], (1, 9));
            let x = Cpu::default()
                .tensor_from_vec(vec![4.0, 0.1, 1.2, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0], (1, 9));
            let log_prob = TableRow::new(&SCHEMA, location, flat).log_prob(&x).as_vec();
            assert!(log_prob[0].is_finite(), "{log_prob:?}");
        }
    }

    #[test]
    #[should_panic(expected = "take 9 numbers, but a row of data has 8")]
    fn rows_of_another_width_are_refused() {
        let x = Cpu::default().tensor_from_vec(vec![0.0; 8], (1, 8));
        example().log_prob(&x);
    }

    #[test]
    #[should_panic(expected = "take 6 numbers, but a row has 9")]
    fn so_are_parameters() {
        TableRow::new(&SCHEMA[..4], row([0.0; 9]), row([0.0; 9]));
    }
}
