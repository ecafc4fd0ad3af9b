using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// What the sessions of graphs with equal weights, such as the UNets of a package, have in common: the weights as ONNX Runtime packed them for its kernels. Equal ones are kept
/// once. They stay as long as one of the sessions does.
/// </summary>
internal sealed class SharedWeights
{
    private readonly Lock gate = new();
    private PrePackedWeightsContainer? packed;
    private int users;

    /// <summary>Gets whether a session uses packed weights.</summary>
    public bool IsUsed
    {
        get
        {
            lock (this.gate)
            {
                return this.packed is not null;
            }
        }
    }

    /// <summary>Gives the packed weights to one more session, which must <see cref="Return"/> them.</summary>
    public PrePackedWeightsContainer Take()
    {
        lock (this.gate)
        {
            this.packed ??= new PrePackedWeightsContainer();
            this.users++;
            return this.packed;
        }
    }

    /// <summary>A session is gone.</summary>
    public void Return()
    {
        lock (this.gate)
        {
            if (--this.users == 0)
            {
                this.packed?.Dispose();
                this.packed = null;
            }
        }
    }
}
