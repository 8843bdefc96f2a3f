//! The flow of the prior is of another dimension than the code.

//~ the following trait bounds were not satisfied
//~ `<vae::prelude::FlowPrior<
//~ as vae::prelude::Prior<f32>>::Latent = vae::prelude::Const<20>`
//~ vae::prelude::Reverse<vae::prelude::Const<32>>
use vae::prelude::*;

type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
type Decoder = BernoulliDecoder<Mlp<Const<20>, Const<400>>, Const<784>>;
type Couplings = Chain<(RealNvp<Const<32>, Const<64>>, Reverse<Const<32>>), 4>;
type Model = Vae<Encoder, Decoder, FlowPrior<Couplings>>;

fn main() {
    Model::build(&Cpu::default()).sample(1, Noise::new(0, "prior"));
}
