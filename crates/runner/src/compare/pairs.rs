use super::finished::{Figure, Finished};
use super::group::Group;
use crate::Result;
use crate::console::thousands;
use crate::table::Table;
use std::path::Path;
use vae_data::Npy;
use vae_metrics::{PairedTest, holm};

/// What a group has against the best, in one figure.
pub(super) struct Comparison {
    group: String,
    figure: &'static str,
    test: Option<(Pairs, PairedTest)>,
    /// Holm's p, among the comparisons of the figure.
    adjusted: f64,
}

/// What was paired.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Pairs {
    Seeds,
    Images,
}

/// A figure, and the values of it that the runs have for each image.
struct Paired {
    name: &'static str,
    figure: fn(&Finished) -> &Figure,
    by_image: Option<&'static str>,
}

/// Tests every group against the one at `best`: NLL, then ELBO.
///
/// # Errors
/// If there are values for each image, and they cannot be read.
pub(super) fn compare_to(best: usize, groups: &[Group]) -> Result<Vec<Comparison>> {
    let nll = Paired {
        name: "NLL",
        figure: |run| &run.nll,
        by_image: Some("nll.npy"),
    };
    let elbo = Paired {
        name: "ELBO",
        figure: |run| &run.elbo,
        by_image: None,
    };
    let mut comparisons = Vec::new();
    for paired in [nll, elbo] {
        let others = groups.iter().enumerate().filter(|(i, _)| *i != best);
        let tests = others.map(|(_, group)| Ok((group, paired.test(group, &groups[best])?)));
        let tests = tests.collect::<Result<Vec<_>>>()?;
        let p = tests
            .iter()
            .map(|(_, test)| test.map_or(f64::NAN, |(_, test)| test.p));
        let adjusted = holm(&p.collect::<Vec<_>>());
        let comparison = |((group, test), adjusted): ((&Group, _), _)| Comparison {
            group: group.label.clone(),
            figure: paired.name,
            test,
            adjusted,
        };
        comparisons.extend(tests.into_iter().zip(adjusted).map(comparison));
    }
    Ok(comparisons)
}

impl Paired {
    /// Over the seeds that both have, if there are several; else over the images of one run each.
    fn test(&self, group: &Group, best: &Group) -> Result<Option<(Pairs, PairedTest)>> {
        let [first, other] = [group, best].map(|group| &group.runs[0]);
        if self.by_image.is_some() && first.samples != other.samples {
            return Ok(None);
        }
        let of_seed = |seed| best.runs.iter().find(|run| run.seed == seed);
        let common = group.runs.iter();
        let common: Vec<[&Finished; 2]> = common
            .filter_map(|run| Some([run, of_seed(run.seed)?]))
            .collect();
        if common.len() > 1 {
            let values = |which: usize| -> Vec<f64> {
                let runs = common.iter().map(|pair| pair[which]);
                runs.map(|run| (self.figure)(run).value).collect()
            };
            let test = PairedTest::of(&values(0), &values(1));
            return Ok(Some((Pairs::Seeds, test)));
        }
        let [a, b] = common.first().copied().unwrap_or([first, other]);
        let Some(file) = self.by_image else {
            return Ok(None);
        };
        let (Some(a), Some(b)) = (by_image(&a.dir.join(file))?, by_image(&b.dir.join(file))?)
        else {
            return Ok(None);
        };
        let both = a.iter().zip(&b);
        let both = both.filter(|(a, b)| a.is_finite() && b.is_finite());
        let (both_a, both_b): (Vec<f64>, Vec<f64>) = both.unzip();
        let enough = a.len() == b.len() && both_a.len() > 1;
        Ok(enough.then(|| (Pairs::Images, PairedTest::of(&both_a, &both_b))))
    }
}

/// A value for each test image; none, if there is no such file.
fn by_image(path: &Path) -> Result<Option<Vec<f64>>> {
    if !path.exists() {
        return Ok(None);
    }
    let Npy { dims, values } = match Npy::<f32>::read(path) {
        Err(vae_data::Error::ElementType { .. }) => Npy::<f64>::read(path)?,
        array => {
            let Npy { dims, values } = array?;
            let values = values.into_iter().map(f64::from).collect();
            Npy { dims, values }
        }
    };
    if dims.len() != 1 {
        return Err(vae_data::Error::Rank {
            file: path.into(),
            expected: 1,
            found: dims,
        }
        .into());
    }
    Ok(Some(values))
}

/// The table of the tests. Holm's p has a column where there are several of a figure.
pub(super) fn table(comparisons: &[Comparison], best: &str) -> Table {
    let several = several(comparisons);
    let difference = format!("minus {best}");
    let header = [
        "group",
        "test figure",
        "pairs",
        &difference,
        "t",
        "d.f.",
        "p",
    ];
    let header = header.into_iter().chain(several.then_some("Holm's p"));
    let row = |c: &Comparison| {
        let mut cells = vec![c.group.clone(), c.figure.into()];
        cells.extend(c.cells());
        cells.truncate(if several { 8 } else { 7 });
        cells
    };
    Table {
        header: header.map(String::from).collect(),
        rows: comparisons.iter().map(row).collect(),
        bold: Vec::new(),
        words: 2,
    }
}

impl Comparison {
    fn cells(&self) -> [String; 6] {
        let Some((pairs, test)) = &self.test else {
            return std::array::from_fn(|_| "–".into());
        };
        let count = test.difference.count;
        let number = |x: f64, digits: usize| format!("{x:+.digits$}").replace('-', "−");
        [
            match pairs {
                Pairs::Seeds => format!("{count} seeds"),
                Pairs::Images => format!("{} test images", thousands(count as u64)),
            },
            format!(
                "{} ± {:.3}",
                number(test.difference.mean, 3),
                test.difference.standard_error
            ),
            known(test.t, |t| number(t, 2)),
            thousands(test.degrees_of_freedom as u64),
            known(test.p, probability),
            known(self.adjusted, probability),
        ]
    }
}

fn known(x: f64, text: impl Fn(f64) -> String) -> String {
    if x.is_nan() { "–".into() } else { text(x) }
}

fn probability(p: f64) -> String {
    match p < 1e-4 {
        true => "< 0.0001".into(),
        false => format!("{p:.4}"),
    }
}

/// Whether several groups were tested in one figure.
fn several(comparisons: &[Comparison]) -> bool {
    let tested = |figure: &str| {
        let tests = comparisons
            .iter()
            .filter(|c| c.figure == figure && c.test.is_some());
        tests.count() > 1
    };
    tested("NLL") || tested("ELBO")
}

/// What the tests can tell, and what not: paragraphs.
pub(super) fn explanation(comparisons: &[Comparison], best: &str) -> Vec<String> {
    let of = |pairs| {
        let mut tests = comparisons.iter().filter_map(|c| c.test.as_ref());
        tests.any(|(kind, _)| *kind == pairs)
    };
    let mut text = vec![format!(
        "Each group against {best}, which has the lowest NLL: the mean difference ± its standard error, and by a paired t-test how \
         often chance alone leads to one that is as far from 0 (p, two-sided). The best was chosen by the same figures, so it looks \
         somewhat better than it is."
    )];
    if several(comparisons) {
        text.push(
            "Of twenty groups that do not differ from the best, one on average has p < 0.05 by chance. Holm's p allows for the number of groups, in each \
             figure on its own."
                .into(),
        );
    }
    if of(Pairs::Seeds) {
        text.push(
            "Pairs of seeds: both were trained anew with each seed. The test tells whether one way to train is better than the other on this \
             data set, over the chance in training. It supposes that the differences are normal, which few seeds cannot show, and few seeds find \
             large differences only. The test images are the same throughout, so nothing is said about other images."
                .into(),
        );
    }
    if of(Pairs::Images) {
        text.push(
            "Pairs of test images: two trained models, one of each group, on the same images. The test tells whether one of these two models \
             is better on images such as these. It cannot tell whether one way to train is better: another seed gives other models, which may \
             differ by more. Train both with several seeds for that."
                .into(),
        );
    }
    if comparisons.iter().any(|c| c.test.is_none()) {
        text.push(
            "A dash: there is no test, for want of pairs. It takes two seeds that both groups have or, for the NLL, an nll.npy \
             in a run of each with as many images; and for the NLL the same number of samples."
                .into(),
        );
    }
    text
}
