package org.isonorm.spark.session;

import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** Has every executor do what the driver does: {@link NativeLibraries#keepByContent}. */
public final class NativeLibrariesPlugin implements SparkPlugin {
  /** Made by Spark. */
  public NativeLibrariesPlugin() {}

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> configuration) {
        NativeLibraries.keepByContent();
      }
    };
  }
}
