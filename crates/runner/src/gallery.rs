use crate::chart::{Chart, scatter};
use crate::feed::permutation;
use crate::picture::{Picture, Strips, grid};
use crate::report::Block;
use crate::tensorboard::{Content, EventFile};
use crate::{Pictured, Result, Run};
use dfdx::prelude::{Cpu, TensorFromVec};
use vae_architectures::{Interpolation, LatentModel};
use vae_data::Images;
use vae_metrics::principal_components;
use vae_ops::{Batch, as_slice};

/// The pictures of a run.
pub(crate) struct Gallery {
    /// File name, caption, picture.
    pictures: Vec<(&'static str, String, Picture)>,
    /// Those of them that are charts, by file name.
    charts: Vec<(&'static str, Chart)>,
    /// The decoder's means for 100 draws from the prior.
    pub samples: Vec<f32>,
}

impl Gallery {
    /// Draws what a model of images does. `means` are the latent means of `data`.
    pub fn draw<M: LatentModel<f32>>(
        run: &Run,
        model: &M,
        data: &impl Pictured,
        means: &[f32],
    ) -> Self {
        let test = data.originals();
        let [height, width] = [test.height(), test.width()];
        let noise = run.noise("pictures");
        let rows = permutation(test.len(), noise);
        let batch = |rows: &[usize]| -> Batch<M::Input> {
            Cpu::default().tensor_from_vec(data.load(rows, noise), (rows.len(), model.input()))
        };
        let given = |rows: &[usize]| model.given(&data.side(rows));
        let hundred: Vec<usize> = rows.iter().copied().cycle().take(100).collect();
        let samples = given(&hundred).sample(100, noise.stream("samples"));
        let mut gallery = Self {
            pictures: Vec::new(),
            charts: Vec::new(),
            samples: as_slice(&samples).to_vec(),
        };

        let shown = &rows[..rows.len().min(24)];
        let reconstructions = given(shown).reconstruct(batch(shown));
        let stacks = [
            ("data", &originals(test, shown)[..]),
            ("reconstruction", as_slice(&reconstructions)),
        ];
        gallery.add(
            "reconstructions.png",
            "Test images, and below each the decoder's mean at the mean of its code.",
            Strips::comparison(height, width, 12, 4, &stacks).to_picture(),
        );

        gallery.add(
            "samples.png",
            "The decoder's means for 100 draws from the prior.",
            grid(as_slice(&samples), height, width, 10, 3),
        );

        let (from, to): (Vec<usize>, Vec<usize>) =
            pairs(&rows, test.labels(), 6).into_iter().unzip();
        let steps = 11;
        let between =
            given(&from).interpolate(batch(&from), batch(&to), steps, Interpolation::Linear);
        let label = |row: usize| {
            test.labels()
                .map_or(String::new(), |labels| labels[row].to_string())
        };
        let strips = from
            .iter()
            .zip(&to)
            .zip(as_slice(&between).chunks(steps * height * width));
        let strips: Vec<(String, Vec<f32>)> = strips
            .map(|((from, to), images)| {
                // The real images stand at the ends.
                let strip = [&originals(test, &[*from]), images, &originals(test, &[*to])].concat();
                (format!("{} → {}", label(*from), label(*to)), strip)
            })
            .collect();
        let lines: Vec<(&str, &[f32])> = strips
            .iter()
            .map(|(name, strip)| (&name[..], &strip[..]))
            .collect();
        gallery.add(
            "interpolations.png",
            "From one test image to another: the decoder's means along the straight line between their codes. \
             The real images stand apart at both ends.",
            Strips::interpolations(height, width, 3, &lines).to_picture(),
        );

        let latent = means.len() / test.len();
        let points: Vec<(f32, f32)> = principal_components(means, latent)
            .into_iter()
            .map(|(x, y)| (x as f32, y as f32))
            .collect();
        let count = test.len();
        gallery.add_chart(
            "latent.png",
            &format!(
                "Posterior means of the {count} test images on the first two of their {latent} principal components, \
                 coloured by class."
            ),
            scatter(
                "Latent means of the test images",
                "first principal component",
                "second principal component",
                &points,
                test.labels().unwrap_or(&[]),
            ),
        );
        gallery
    }

    pub fn add(&mut self, name: &'static str, caption: &str, picture: Picture) {
        self.pictures.push((name, caption.into(), picture));
    }

    /// Adds a chart, which is drawn as SVG too.
    pub fn add_chart(&mut self, name: &'static str, caption: &str, chart: Chart) {
        self.add(name, caption, chart.picture());
        self.charts.push((name, chart));
    }

    /// For the report.
    ///
    /// # Panics
    /// If there is no picture of this name.
    pub fn figure(&self, name: &str) -> Block {
        let found = self.pictures.iter().find(|(n, ..)| *n == name);
        let (_, caption, picture) = found.expect("a picture of this name");
        Block::Figure {
            picture: picture.clone(),
            caption: caption.clone(),
        }
    }

    /// Writes all pictures to the run folder, and beside a chart's its SVG file.
    pub fn save(&self, run: &Run) -> Result<()> {
        for (name, _, picture) in &self.pictures {
            picture.save(&run.path(name))?;
        }
        let mut charts = self.charts.iter();
        charts.try_for_each(|(name, chart)| chart.save_svg(&run.path(name)))
    }
}

impl Gallery {
    /// Shows TensorBoard all pictures.
    pub fn show(&self, board: &mut EventFile, step: u64) -> Result<()> {
        let pngs = self.pictures.iter().map(|(_, _, picture)| picture.to_png());
        let pngs: Vec<Vec<u8>> = pngs.collect();
        let image = |((name, _, picture), png): (&(&'static str, String, Picture), _)| {
            let (width, height) = (picture.width(), picture.height());
            let tag = name.trim_end_matches(".png");
            (tag, Content::Image { width, height, png })
        };
        let pngs = pngs.iter().map(Vec::as_slice);
        let images: Vec<(&str, Content)> = self.pictures.iter().zip(pngs).map(image).collect();
        board.append(step, &images)
    }
}

fn originals(images: &Images, rows: &[usize]) -> Vec<f32> {
    let mut out = Vec::new();
    images.intensities(rows, &mut out);
    out
}

/// Pairs of images of different classes, where there are any.
fn pairs(rows: &[usize], labels: Option<&[u8]>, count: usize) -> Vec<(usize, usize)> {
    let differ = |a: usize, b: usize| labels.is_none_or(|labels| labels[a] != labels[b]);
    let couples = rows.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b));
    couples
        .filter(|(a, b)| differ(*a, *b))
        .take(count)
        .collect()
}
