package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.isonorm.init.NearestName;
import org.isonorm.spark.export.ExportFormat;
import org.isonorm.spark.export.ExportRequest;
import org.isonorm.spark.export.ExportSummary;
import org.isonorm.spark.export.ModelExport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm export}. */
@Command(
    name = "export",
    header = "Writes a trained model as ONNX or safetensors.",
    description =
        "%nAn ONNX model (opset 17) reads any number of images and puts out logits; safetensors are weights under torchvision's names. Both say classes, normalization and provenance in their metadata.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm export --run runs/quickstart --out model.onnx",
      "  isonorm export --model model.zip --input normalized --keep-normalization --out model.onnx",
      "  isonorm export --run runs/quickstart --out model.safetensors --json",
    })
final class ExportCommand implements Callable<Integer> {
  private static final String PIXELS = "pixels";
  private static final String NORMALIZED = "normalized";

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private ModelOptions model;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = "onnx or safetensors (what FILE ends in).")
  private String format;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "File to make, a path or file:, hdfs:, s3a: URI.")
  private Path out;

  @Option(
      names = "--input",
      paramLabel = "NAME",
      defaultValue = PIXELS,
      description =
          "What an ONNX model reads: pixels, uint8 [N, height, width, channels], which it normalizes; or normalized, float [N, channels, height, width].")
  private String input;

  @Option(
      names = "--keep-normalization",
      description =
          "Leave batch normalization beside the convolutions of an ONNX model, and not in their weights.")
  private boolean keepNormalization;

  @Option(names = "--overwrite", description = "Replace a file that is at FILE already.")
  private boolean overwrite;

  @Option(
      names = "--json",
      description = "Print one JSON object: format, file, network, parameters, bytes.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<String> inputs = List.of(PIXELS, NORMALIZED);
    if (!inputs.contains(input)) {
      throw NearestName.unknown("--input", input, inputs);
    }
    ExportFormat written = format == null ? ExportFormat.of(out) : ExportFormat.parse(format);
    ExportSummary summary =
        ModelExport.run(
            new ExportRequest(
                model.file(),
                written,
                out,
                input.equals(NORMALIZED),
                keepNormalization,
                overwrite));
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Result.print(writer, summary);
    } else {
      writer.println(
          String.format(
              Locale.ROOT,
              "%s: %s, %,d parameters, %,d bytes",
              summary.file(),
              summary.network(),
              summary.parameters(),
              summary.bytes()));
    }
    return CommandLineInterface.DONE;
  }
}
