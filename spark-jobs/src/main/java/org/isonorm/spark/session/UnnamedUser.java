package org.isonorm.spark.session;

import java.io.IOException;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * A user id that the system has no name for, as containers of OpenShift run with. Hadoop's log-in
 * asks the system alone, so that it fails for everything, local files included.
 */
public final class UnnamedUser {
  private static final String NAME = "HADOOP_USER_NAME";

  private UnnamedUser() {}

  /** Logs in by the name in the environment variable HADOOP_USER_NAME where the system has none. */
  public static void logIn() {
    String name = System.getenv(NAME);
    if (name == null) {
      return;
    }
    try {
      UserGroupInformation.getLoginUser();
    } catch (IOException e) {
      UserGroupInformation.setLoginUser(UserGroupInformation.createRemoteUser(name));
    }
  }
}
