package org.isonorm.spark.config;

import java.net.URI;
import java.util.Locale;

/**
 * Group {@code run.mlflow}.
 *
 * @param trackingUri address of the tracking server, "" for the environment's MLFLOW_TRACKING_URI
 *     or none
 * @param experiment the experiment's name
 * @param runName the run's name there, "" for {@code run.name}
 */
public record MlflowConfig(String trackingUri, String experiment, String runName) {
  public static final String URI_KEY = "run.mlflow.tracking-uri";

  public MlflowConfig {
    Checks.notBlank("run.mlflow.experiment", experiment);
    if (!trackingUri.isBlank() && server(URI_KEY, trackingUri).getUserInfo() != null) {
      // It would stand in config.conf of the run.
      throw new InvalidSettingException(
          URI_KEY,
          Secrets.withholdUsers(trackingUri),
          "must hold no user and password; set MLFLOW_TRACKING_USERNAME and"
              + " MLFLOW_TRACKING_PASSWORD");
    }
  }

  /**
   * The address of a server.
   *
   * @param key where it stands
   * @throws IllegalArgumentException in one sentence, if it is no such address
   */
  public static URI server(String key, String text) {
    try {
      URI uri = URI.create(text.strip());
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // It is no URI either.
    }
    throw new InvalidSettingException(
        key,
        Secrets.withholdUsers(text),
        "must be the address of an MLflow server, as in http://localhost:5000");
  }
}
