using System.Text.Json;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Writes values of a scheduler_config.json, leaving out nulls.</summary>
internal sealed class SchedulerConfigWriter(Utf8JsonWriter json)
{
    public void Text(string key, string? value)
    {
        if (value is not null)
        {
            json.WriteString(key, value);
        }
    }

    public void Boolean(string key, bool? value)
    {
        if (value is bool flag)
        {
            json.WriteBoolean(key, flag);
        }
    }

    public void Number(string key, double? value)
    {
        if (value is double number)
        {
            json.WritePropertyName(key);
            this.Value(number);
        }
    }

    public void Numbers(string key, IEnumerable<double>? values)
    {
        if (values is not null)
        {
            json.WriteStartArray(key);
            foreach (double value in values)
            {
                this.Value(value);
            }

            json.WriteEndArray();
        }
    }

    public void SigmaSpacing(SigmaSpacing? spacing)
    {
        if (spacing is null)
        {
            return;
        }

        foreach ((string key, SigmaSpacing value) in SchedulerConfigWords.SigmaSpacingSwitches.Entries)
        {
            json.WriteBoolean(key, spacing == value);
        }

        if (spacing is Sampling.SigmaSpacing.AlignYourStepsSd15 or Sampling.SigmaSpacing.AlignYourStepsSdxl)
        {
            this.Text("sigma_schedule", SchedulerConfigWords.SigmaSchedules.NameOf(spacing));
        }
    }

    private void Value(double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(number > 0 ? "inf" : "-inf");
        }
    }
}
