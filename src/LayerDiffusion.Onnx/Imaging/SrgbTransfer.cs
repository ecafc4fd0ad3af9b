namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The transfer function of sRGB (IEC 61966-2-1) between stored values and linear light, both from 0 to 1.</summary>
internal static class SrgbTransfer
{
    private const int Buckets = 4096;

    private static readonly float[] Linear = MakeLinear();
    private static readonly float[] Thresholds = MakeThresholds();
    private static readonly byte[] FirstGuesses = MakeFirstGuesses();

    /// <summary>Gets linear light of a stored value.</summary>
    public static double ToLinear(double stored) => stored <= 0.04045 ? stored / 12.92 : Math.Pow((stored + 0.055) / 1.055, 2.4);

    /// <summary>Gets the stored value of linear light.</summary>
    public static double FromLinear(double linear) => linear <= 0.0031308 ? linear * 12.92 : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055;

    /// <summary>Gets linear light of a byte.</summary>
    public static float ToLinear(byte stored) => Linear[stored];

    /// <summary>Gets the byte nearest to linear light; what is out of range is clipped.</summary>
    public static byte ToByte(float linear)
    {
        if (!(linear > 0))
        {
            return 0;
        }

        if (linear >= 1)
        {
            return 255;
        }

        int value = FirstGuesses[(int)(linear * Buckets)];
        while (value < 255 && linear >= Thresholds[value])
        {
            value++;
        }

        return (byte)value;
    }

    private static float[] MakeLinear()
    {
        float[] linear = new float[256];
        for (int i = 0; i < linear.Length; i++)
        {
            linear[i] = (float)ToLinear(i / 255.0);
        }

        return linear;
    }

    // Entry i is where i + 1 becomes nearer than i.
    private static float[] MakeThresholds()
    {
        float[] thresholds = new float[255];
        for (int i = 0; i < thresholds.Length; i++)
        {
            thresholds[i] = (float)ToLinear((i + 0.5) / 255.0);
        }

        return thresholds;
    }

    private static byte[] MakeFirstGuesses()
    {
        byte[] guesses = new byte[Buckets];
        int value = 0;
        for (int i = 0; i < guesses.Length; i++)
        {
            while (value < 255 && i >= Thresholds[value] * Buckets)
            {
                value++;
            }

            guesses[i] = (byte)value;
        }

        return guesses;
    }
}
