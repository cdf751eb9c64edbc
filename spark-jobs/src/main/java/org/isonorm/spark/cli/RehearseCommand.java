package org.isonorm.spark.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code isonorm rehearse}, which no list shows: for bin/archive, which keeps the classes that it
 * loads. In one process it does what commands of people do: reads a data set, trains, evaluates,
 * writes checkpoints and a report, and predicts a folder of images.
 */
@Command(name = RehearseCommand.NAME, header = "Does a little of everything, for bin/archive.")
final class RehearseCommand implements Callable<Integer> {
  static final String NAME = "rehearse";

  private static final int IMAGES = 4;
  private static final int SIDE = 32;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FOLDER",
      description = "Takes what it writes; its data set is drawn in the working folder.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    int exitCode =
        run(
            "train",
            "--output",
            at("run"),
            "--set=data.synthetic.train-examples=96",
            "--set=data.synthetic.test-examples=32",
            "--set=data.validation-examples=32",
            "--set=network.name=resnet-8",
            "--set=training.epochs=1",
            "--set=training.global-batch-size=16");
    Path images = Files.createDirectories(folder.resolve("images"));
    for (int image = 0; image < IMAGES; image++) {
      ImageIO.write(
          new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB),
          "png",
          images.resolve(image + ".png").toFile());
    }
    for (String format : new String[] {"csv", "parquet"}) {
      if (exitCode == CommandLineInterface.DONE) {
        exitCode =
            run(
                "predict",
                "--run",
                at("run"),
                "--input",
                images.toString(),
                "--format",
                format,
                "--out",
                at(format));
      }
    }
    return exitCode;
  }

  private int run(String... words) {
    PrintWriter out = spec.commandLine().getOut();
    return CommandLineInterface.run(out, spec.commandLine().getErr(), words);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }
}
