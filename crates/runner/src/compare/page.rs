use super::{All, charts};
use crate::Result;
use crate::chart::Chart;
use crate::console::command;
use crate::picture::Picture;
use crate::report::{Block, Report, Section};

/// A picture, its file and what it shows; of a chart, the chart as well.
pub(super) struct Named {
    pub file: &'static str,
    caption: &'static str,
    pub picture: Picture,
    pub chart: Option<Chart>,
}

impl Named {
    fn chart(file: &'static str, caption: &'static str, chart: Chart) -> Self {
        Self {
            file,
            caption,
            picture: chart.picture(),
            chart: Some(chart),
        }
    }
}

impl All {
    /// All pictures, in the order of the report.
    ///
    /// # Errors
    /// If the samples of a run cannot be read.
    pub fn pictures(&self) -> Result<[Named; 4]> {
        let [over_epochs, over_time] = charts::bounds(&self.groups);
        Ok([
            Named::chart(
                "comparison.png",
                "The negative log-likelihood over the time of a step: the lower and the further to the left, the better.",
                charts::likelihood_and_speed(&self.rows),
            ),
            Named::chart(
                "curves.png",
                "The evidence lower bound on the validation images, a mean over the seeds, at each epoch that all of them have.",
                over_epochs,
            ),
            Named::chart(
                "time.png",
                "The same over the time of training, without evaluation.",
                over_time,
            ),
            Named {
                file: "samples.png",
                caption: "Samples of the first seed of each group.",
                picture: charts::samples(&self.groups)?,
                chart: None,
            },
        ])
    }

    /// Everything on one page.
    pub fn report(&self, [chart, curves, time, samples]: &[Named; 4]) -> Report {
        let section = |heading: &str, blocks| Section {
            heading: heading.into(),
            blocks,
        };
        let figure = |named: &Named| Block::Figure {
            picture: named.picture.clone(),
            caption: named.caption.to_string(),
        };
        let text = |notes: &[String]| Block::Text(notes.join("\n\n"));
        let table = vec![self.table().block(), text(&self.notes), figure(chart)];
        let tests = self
            .tests()
            .map(|(table, notes)| section("Paired tests", vec![table.block(), text(&notes)]));
        let mut sections = vec![section("", table)];
        sections.extend(tests);
        sections.extend([
            section("Training", vec![figure(curves), figure(time)]),
            section("Samples", vec![figure(samples)]),
            section("The runs", vec![self.list()]),
            section("How to reproduce", vec![Block::Code(command(&[]))]),
        ]);
        let runs: usize = self.groups.iter().map(|group| group.runs.len()).sum();
        Report {
            title: "Comparison".into(),
            subtitle: format!(
                "{} groups · {runs} runs · vae {}",
                self.groups.len(),
                env!("CARGO_PKG_VERSION")
            ),
            sections,
        }
    }

    /// Every run with its folder.
    fn list(&self) -> Block {
        let runs = self.groups.iter().flat_map(|group| {
            group.runs.iter().map(|run| {
                vec![
                    group.label.clone(),
                    run.dir.display().to_string(),
                    run.seed.to_string(),
                    run.version.clone(),
                ]
            })
        });
        Block::Table {
            header: ["Group", "Folder", "Seed", "Version"]
                .map(String::from)
                .into(),
            rows: runs.collect(),
        }
    }
}
