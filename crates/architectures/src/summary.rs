use crate::{Event, Layer};
use dfdx::nn::{ViewTensorName, ViewTensorRef};
use dfdx::prelude::{Cpu, Device, HasShape, RecursiveWalker, Shape, Tensor, TensorCollection};
use dfdx::prelude::{TensorOptions, TensorVisitor};
use std::fmt;
use vae_ops::Real;

/// A model's layers, with sizes, parameters and the work for one example: [`LatentModel::summary`](crate::LatentModel::summary). Displayed, it
/// is a table.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
/// use vae_priors::StandardNormal;
///
/// type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
/// type Decoder = BernoulliDecoder<Mlp<Const<20>, Const<400>>, Const<784>>;
/// let model = Vae::<Encoder, Decoder, StandardNormal<Const<20>>>::build(&Cpu::default());
/// assert_eq!(model.summary().to_string(), "\
/// layer            kind    input  output  parameters  multiply-adds
/// encoder.body     Linear    784     400     314 000        313 600
/// encoder.mean     Linear    400      20       8 020          8 000
/// encoder.log_var  Linear    400      20       8 020          8 000
/// decoder.body     Linear     20     400       8 400          8 000
/// decoder.logits   Linear    400     784     314 384        313 600
/// total                                      652 824        651 200
/// ");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// From input to output.
    pub rows: Vec<SummaryRow>,
}

/// A layer in a [`Summary`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryRow {
    /// The path of fields that leads to it.
    pub path: String,
    /// The name of its type.
    pub kind: String,
    /// The shape of an example as it takes it; empty if there is none.
    pub input: String,
    /// The shape of what it gives.
    pub output: String,
    /// How many numbers it learns.
    pub parameters: usize,
    /// Multiplications, each with an addition, for one example: those of matrix products and convolutions.
    pub multiply_adds: usize,
}

/// The rows found on the way through a model.
#[derive(Clone, Debug, Default)]
pub struct Rows(Vec<SummaryRow>);

impl Rows {
    /// A layer of no parts.
    pub fn layer<E: Real, L: Layer<E>>(&mut self, path: &str, layer: &L) {
        self.push::<L>(
            path,
            [layer.input().to_text(), layer.output().to_text()],
            layer.multiply_adds(),
        );
    }

    pub(crate) fn push<L>(
        &mut self,
        path: &str,
        [input, output]: [String; 2],
        multiply_adds: usize,
    ) {
        self.0.push(SummaryRow {
            path: path.into(),
            kind: base_name::<L>().into(),
            input,
            output,
            parameters: 0,
            multiply_adds,
        });
    }
}

/// `Linear` of `vae_architectures::linear::Linear<Const<784>, …>`.
fn base_name<L>() -> &'static str {
    let name = std::any::type_name::<L>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

impl Summary {
    /// The rows in order, with the parameters that the model has below each path; then the parameters of no row.
    pub(crate) fn of<E: Real, M: TensorCollection<E, Cpu>>(model: &M, rows: Rows) -> Self
    where
        Cpu: Device<E>,
    {
        let mut rows = rows.0;
        let mut parameters = Parameters(Vec::new());
        let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
            m: (model, String::new()),
            f: &mut parameters,
        });
        for (name, shape) in parameters.0 {
            let path = name.rsplit_once('.').map_or("", |(path, _)| path);
            let of = |row: &&mut SummaryRow| {
                let below = path.strip_prefix(&row.path);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let place = match rows.iter_mut().rfind(of) {
                Some(row) => row,
                None => {
                    rows.push(SummaryRow {
                        path: path.into(),
                        ..SummaryRow::default()
                    });
                    rows.last_mut().expect("just pushed")
                }
            };
            place.parameters += shape.iter().product::<usize>();
            // What no layer told of, such as the networks of a prior: a weight (O, I) is a linear map's.
            if let ([outputs, inputs], true) = (&shape[..], place.kind.is_empty())
                && name.ends_with("weight")
            {
                place.kind = "Linear".into();
                (place.input, place.output) = (inputs.to_string(), outputs.to_string());
                place.multiply_adds = inputs * outputs;
            }
        }
        Self { rows }
    }

    /// The parameters of all layers.
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.parameters).sum()
    }

    /// The work of all layers, once through encoder and decoder.
    pub fn multiply_adds(&self) -> usize {
        self.rows.iter().map(|row| row.multiply_adds).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = [
            "layer",
            "kind",
            "input",
            "output",
            "parameters",
            "multiply-adds",
        ];
        let mut lines = vec![header.map(String::from)];
        lines.extend(self.rows.iter().map(|row| {
            let numbers = [row.parameters, row.multiply_adds].map(thousands);
            let [parameters, multiply_adds] = numbers;
            let [path, kind] = [&row.path, &row.kind].map(String::clone);
            let [input, output] = [&row.input, &row.output].map(String::clone);
            [path, kind, input, output, parameters, multiply_adds]
        }));
        let [parameters, multiply_adds] = [self.parameters(), self.multiply_adds()].map(thousands);
        let none = String::new;
        lines.push([
            "total".into(),
            none(),
            none(),
            none(),
            parameters,
            multiply_adds,
        ]);

        let width = |column: usize| {
            let widths = lines.iter().map(|line| line[column].chars().count());
            widths.max().unwrap_or(0)
        };
        let widths: [usize; 6] = std::array::from_fn(width);
        for [path, kind, rest @ ..] in &lines {
            write!(f, "{path:<0$}  {kind:<1$}", widths[0], widths[1])?;
            for (text, width) in rest.iter().zip(&widths[2..]) {
                write!(f, "  {text:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// 12 345.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

/// Path and shape of every parameter that is trained.
struct Parameters(Vec<(String, Vec<usize>)>);

impl<E: Real> TensorVisitor<E, Cpu> for Parameters
where
    Cpu: Device<E>,
{
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = std::convert::Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, Cpu>,
        (tensor, name): (&Tensor<S, E, Cpu>, String),
    ) -> Result<Option<Tensor<S, E, Cpu>>, Self::Err> {
        if options.do_gradient_update {
            self.0.push((name, tensor.shape().concrete().into()));
        }
        Ok(None)
    }
}

/// The method that puts the parts of a model, its fields, into a summary.
macro_rules! summarize {
    ($($part:ident),*) => {
        fn summarize(&self, path: &str, rows: &mut $crate::Rows) {
            $(self.$part.summarize(&format!("{path}.{}", stringify!($part)), rows);)*
        }
    };
}

pub(crate) use summarize;
