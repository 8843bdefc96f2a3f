//! What a line of the two lists in `main.rs` turns into: functions of columns of numbers, without types.

use crate::domain::{Parameter, Support};
use crate::evaluate::{Named, Quantity};
use rand::rngs::StdRng;
use vae_ops::{Batch, Real, Record};

/// A type of distribution.
pub trait Family {
    type Of<E: Real, T: Record<E>>;
    fn build<E: Real, T: Record<E>>(parameters: &[Batch<usize, E, T>]) -> Self::Of<E, T>;
    fn law() -> Law;
}

/// Draws one event for each row of parameters.
pub type Sampler = fn(&[Batch<usize, f64>], &mut StdRng) -> Vec<f64>;

/// A distribution: what its line says.
#[derive(Clone)]
pub struct Law {
    pub name: &'static str,
    pub parameters: Vec<Parameter>,
    pub support: fn(&[f64]) -> Support,
    /// `log_prob` and what else it has. The inputs are x (or u), if it takes one, and the parameters.
    pub quantities: Vec<(&'static str, Quantity)>,
    pub sample: Option<Sampler>,
    /// Its reparameterized samples.
    pub rsample: Option<Sampler>,
    /// Whether `new` takes these parameters.
    pub accepts: Option<fn(&[Batch<usize, f64>]) -> bool>,
}

/// A divergence: what its line says.
#[derive(Clone)]
pub struct Pair {
    /// As `golden/generate.py` calls it.
    pub name: String,
    pub p: Law,
    pub q: Law,
    /// The inputs are the parameters of p and of q.
    pub value: Quantity,
}

impl Law {
    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        let found = self.quantities.iter().find(|(n, _)| *n == name);
        found.map(|(_, quantity)| quantity)
    }

    /// With other domains of its parameters.
    pub fn with(mut self, domains: Vec<Parameter>) -> Self {
        let names: Vec<_> = self.parameters.iter().map(|p| p.name).collect();
        assert_eq!(
            names.len(),
            domains.len(),
            "the parameters of {}",
            self.name
        );
        self.parameters = domains
            .into_iter()
            .zip(names)
            .map(|(d, name)| d.named(name))
            .collect();
        self
    }

    /// p(x), at each x.
    pub fn density(&self, x: &[f64], parameters: &[f64]) -> Vec<f64> {
        let log_prob = self.log_prob().along(x, parameters);
        log_prob.iter().map(|l| l.exp()).collect()
    }

    /// Whether an event is a row, of elements that depend on each other or of parameters that are matrices.
    pub fn is_of_rows(&self) -> bool {
        self.support_of_rows().width() > 1 || self.parameters.iter().any(|p| p.width > 1)
    }

    /// Of a distribution of rows, whose support does not depend on its parameters.
    pub fn support_of_rows(&self) -> Support {
        (self.support)(&vec![0.0; self.parameters.len()])
    }

    pub fn log_prob(&self) -> &Quantity {
        self.quantity("log_prob").expect("a density")
    }
}

impl Named for Law {
    fn name(&self) -> String {
        self.name.to_owned()
    }
}

impl Named for Pair {
    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The distributions of single numbers.
pub fn scalars() -> Vec<Law> {
    let scalar = |law: &Law| !law.is_of_rows();
    crate::laws().into_iter().filter(scalar).collect()
}

/// The divergences between them.
pub fn scalar_pairs() -> Vec<Pair> {
    let scalar = |pair: &Pair| !pair.p.is_of_rows();
    crate::pairs().into_iter().filter(scalar).collect()
}

impl Pair {
    /// KL, or another divergence?
    pub fn is_kl(&self) -> bool {
        self.name == format!("{}|{}", self.p.name, self.q.name)
    }

    /// Can p be q?
    pub fn is_within_a_family(&self) -> bool {
        self.p.name == self.q.name
    }
}

/// `Name { parameter: domain, … } on support => what it has;` for each distribution. The support may depend on the
/// parameters. `as Type => value` before the semicolon says what is no struct of just these parameters.
macro_rules! laws {
    ($(
        $name:ident { $($parameter:ident: $domain:expr),* } on $support:expr => $($has:ident)*
        $(, as $of:ty => $value:expr)?;
    )*) => {
        /// The types by their names alone.
        pub(crate) mod family {
            $(pub(crate) enum $name {})*
        }

        $(impl crate::law::Family for family::$name {
            type Of<E: vae_ops::Real, T: vae_ops::Record<E>> =
                crate::law::first_type!($($of,)? vae_distributions::$name<usize, E, T>);

            fn build<E: vae_ops::Real, T: vae_ops::Record<E>>(
                parameters: &[vae_ops::Batch<usize, E, T>],
            ) -> Self::Of<E, T> {
                let [$($parameter),*] = parameters else {
                    panic!("{} parameters", parameters.len())
                };
                $(let $parameter = $parameter.clone();)*
                crate::law::first!($($value,)? vae_distributions::$name { $($parameter),* })
            }

            fn law() -> crate::law::Law {
                #[allow(unused_variables)]
                fn support(parameters: &[f64]) -> crate::domain::Support {
                    let &[$($parameter),*] = parameters else {
                        panic!("{} parameters", parameters.len())
                    };
                    $support
                }
                #[allow(unused_mut)]
                let mut law = crate::law::Law {
                    name: stringify!($name),
                    parameters: vec![$($domain.named(stringify!($parameter))),*],
                    support,
                    quantities: vec![("log_prob", crate::evaluate::quantity!(
                        |inputs| Self::build(&inputs[1..]).log_prob(&inputs[0])
                    ))],
                    sample: None,
                    rsample: None,
                    accepts: crate::law::accepts!($name [$($parameter)*] $(as $of)?),
                };
                $(crate::law::has!(law $has);)*
                law
            }
        })*

        /// Every distribution.
        pub(crate) fn laws() -> Vec<crate::law::Law> {
            vec![$(<family::$name as crate::law::Family>::law()),*]
        }
    };
}

macro_rules! first {
    ($value:expr $(, $_:expr)?) => {
        $value
    };
}

macro_rules! first_type {
    ($of:ty $(, $_:ty)?) => {
        $of
    };
}

macro_rules! accepts {
    ($name:ident [$($parameter:ident)*] as $_:ty) => {
        None
    };
    ($name:ident [$($parameter:ident)*]) => {
        Some(|parameters| {
            let [$($parameter),*] = parameters else {
                panic!("{} parameters", parameters.len())
            };
            vae_distributions::$name::new($($parameter.clone()),*).is_ok()
        })
    };
}

/// Adds to a law what one word in its line says.
macro_rules! has {
    ($law:ident moments) => {
        let mean = crate::evaluate::quantity!(|inputs| Self::build(inputs).mean());
        let variance = crate::evaluate::quantity!(|inputs| Self::build(inputs).variance());
        $law.quantities
            .extend([("mean", mean), ("variance", variance)]);
    };
    ($law:ident sample) => {
        $law.sample = Some(|parameters, rng| {
            vae_ops::as_slice(&Self::build::<f64, dfdx::prelude::NoneTape>(parameters).sample(rng))
                .to_vec()
        });
    };
    ($law:ident rsample) => {
        $law.rsample = Some(|parameters, rng| {
            let noise = vae_reparam::Noise::new(rand::RngCore::next_u64(rng), "z");
            let p = Self::build::<f64, dfdx::prelude::NoneTape>(parameters);
            vae_ops::as_slice(&p.rsample(noise)).to_vec()
        });
    };
    ($law:ident entropy) => {
        let entropy = crate::evaluate::quantity!(|inputs| Self::build(inputs).entropy());
        $law.quantities.push(("entropy", entropy));
    };
    ($law:ident $function:ident) => {
        let function =
            crate::evaluate::quantity!(|inputs| Self::build(&inputs[1..]).$function(&inputs[0]));
        $law.quantities.push((stringify!($function), function));
    };
}

/// `P => Q;` for each closed form of KL, with `[domain of each parameter]` after either where a divergence is finite, or has
/// a closed form, only for some. `as "name" function` before the semicolon says which other divergence it is.
macro_rules! pairs {
    ($(
        $p:ident $([$($of_p:expr),*])? => $q:ident $([$($of_q:expr),*])?
        $(, as $name:literal $divergence:expr)?;
    )*) => {
        /// Every divergence.
        pub(crate) fn pairs() -> Vec<crate::law::Pair> {
            use crate::law::Family;
            vec![$({
                type P = crate::family::$p;
                type Q = crate::family::$q;
                crate::law::Pair {
                    name: crate::law::first!($($name,)? concat!(stringify!($p), "|", stringify!($q))).to_owned(),
                    p: P::law()$(.with(vec![$($of_p),*]))?,
                    q: Q::law()$(.with(vec![$($of_q),*]))?,
                    value: crate::evaluate::quantity!(|inputs| {
                        let (p, q) = inputs.split_at(P::law().parameters.len());
                        let (p, q) = (P::build(p), Q::build(q));
                        crate::law::first!($($divergence(&p, &q),)? p.kl_to(&q))
                    }),
                }
            }),*]
        }
    };
}

pub(crate) use {accepts, first, first_type, has, laws, pairs};
